"""aiomqtt's client, which looks after what that leaves behind."""

from typing import Any, Self

import aiomqtt


class MqttClient(aiomqtt.Client):
    """Leaves no connection open that is not answered, and no error behind that nobody can ask for."""

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except aiomqtt.MqttError:
            # The broker did not answer: the connection is open still.
            self._client.disconnect()
            raise

    async def __aexit__(self, *error: Any) -> None:
        try:
            await super().__aexit__(*error)
        finally:
            # A connection that was lost while nobody sent, or while somebody waited for an answer, leaves an error that
            # would be logged as if it had been overlooked.
            if self._disconnected.done() and not self._disconnected.cancelled():
                self._disconnected.exception()
