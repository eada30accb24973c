"""Devices at the door, with a real nats-server: who gets in, where they may send, and how they are put out."""

import asyncio
from dataclasses import replace

import aiomqtt
import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError

from ucity.network.log import JetStreamLog, Logged, open_logs
from ucity.network.mqtt.callout import may_use
from ucity.network.mqtt.sessions import connections, device_of, disconnect, watch_refusals
from ucity.network.tests.conftest import Records, Server, callout, connect, counted, device

TOPIC = "ucity/alpha/air_quality/stations"


async def everything(log: JetStreamLog) -> list[Logged]:
    return await log.read(0, max_messages=1000, max_bytes=8 << 20, wait=0.2)


async def mqtt_log(bus: Client) -> JetStreamLog:
    return (await open_logs(bus, 16 << 20)).mqtt


async def refused(server: Server, name: str | None, password: str | None, *, client_id: str | None = None) -> bool:
    try:
        async with device(server, name, password, client_id=client_id):
            return False
    except aiomqtt.MqttError:
        return True


async def test_an_acknowledged_message_survives_a_kill_right_after(
    server: Server, bus: Client, records: Records
) -> None:
    async with device(server, "alpha", "a-secret") as client:
        for number in range(20):
            await client.publish(TOPIC, str(number), qos=1)
        server.kill()
        server.start()
    messages = await everything(await mqtt_log(bus))
    assert [(m.subject, m.payload) for m in messages] == [
        ("ucity.alpha.air_quality.stations", str(number).encode()) for number in range(20)
    ]


async def test_our_bounds_on_its_stream_survive_nats_servers_restart(
    server: Server, bus: Client, records: Records
) -> None:
    before = (await bus.jetstream().stream_info("$MQTT_msgs")).config
    server.kill()
    server.start()
    async with callout(server, records), device(server, "alpha", "a-secret") as client:
        await client.publish(TOPIC, "x", qos=1)
    after = (await bus.jetstream().stream_info("$MQTT_msgs")).config
    assert (after.retention, after.max_bytes, after.discard) == ("limits", before.max_bytes, "new")
    assert len(await everything(await mqtt_log(bus))) == 1


async def test_a_full_log_is_not_acknowledged_until_there_is_room(
    server: Server, bus: Client, records: Records
) -> None:
    log = (await open_logs(bus, 100_000)).mqtt
    acknowledged = 0
    with pytest.raises(aiomqtt.MqttError):
        async with device(server, "alpha", "a-secret") as client:
            while acknowledged < 100:
                await client.publish(TOPIC, f"{acknowledged:05}" * 1000, qos=1, timeout=4)
                acknowledged += 1
    assert 10 <= acknowledged < 20
    assert len(await everything(log)) == acknowledged
    await log.trim(acknowledged)
    async with device(server, "alpha", "a-secret") as client:
        await client.publish(TOPIC, "again", qos=1)
    rest = await log.read(acknowledged, max_messages=10, max_bytes=1 << 20, wait=1)
    assert [m.payload for m in rest] == [b"again"]


async def test_too_large_a_message_is_not_acknowledged(server: Server, bus: Client, records: Records) -> None:
    log = (await open_logs(bus, 16 << 20, max_message=10_000)).mqtt
    with pytest.raises(aiomqtt.MqttError):
        async with device(server, "alpha", "a-secret") as client:
            await client.publish(TOPIC, "x" * 10_000, qos=1)
            await client.publish(TOPIC, "x" * 20_000, qos=1, timeout=1)
    assert [len(m.payload) for m in await everything(log)] == [10_000]


async def test_retained_messages_are_bounded_and_stored_in_the_log_all_the_same(
    server: Server, bus: Client, records: Records
) -> None:
    async with device(server, "alpha", "a-secret") as client:
        for number in range(3):
            await client.publish(f"{TOPIC}/{number}", "x", qos=1, retain=True)
            await client.publish(f"{TOPIC}/{number}", "y", qos=1, retain=True)
    info = await bus.jetstream().stream_info("$MQTT_rmsgs")
    assert (info.state.messages, info.config.max_bytes, info.config.discard) == (3, 64 << 20, "new")
    assert len(await everything(await mqtt_log(bus))) == 6


async def test_qos_2_is_not_acknowledged(server: Server, bus: Client, records: Records) -> None:
    # nats-server would acknowledge a QoS 2 message that a full log does not take.
    with pytest.raises(aiomqtt.MqttError):
        async with device(server, "alpha", "a-secret") as client:
            await client.publish(TOPIC, "x", qos=2, timeout=1)
    assert await everything(await mqtt_log(bus)) == []


async def test_a_wrong_password_and_an_unknown_name_are_refused_and_counted(server: Server, records: Records) -> None:
    before = counted("ucity_mqtt_logins_total", outcome="wrong")
    assert await refused(server, "alpha", "b-secret")
    assert await refused(server, "nobody", "a-secret")
    assert counted("ucity_mqtt_logins_total", outcome="wrong") == before + 2
    assert not await refused(server, "alpha", "a-secret")


async def test_refusal_takes_as_long_for_an_unknown_name(server: Server, records: Records) -> None:
    loop = asyncio.get_running_loop()
    for name in ("alpha", "nobody"):
        start = loop.time()
        assert await refused(server, name, "wrong")
        assert loop.time() - start >= 0.25


async def test_nobody_gets_in_without_a_name(server: Server, records: Records) -> None:
    before = counted("ucity_mqtt_logins_total", outcome="anonymous")
    assert await refused(server, None, None)
    assert await refused(server, "alpha", None)
    assert counted("ucity_mqtt_logins_total", outcome="anonymous") == before + 2


async def test_the_citys_own_users_are_of_no_use_to_a_device(server: Server, system: Client, records: Records) -> None:
    await watch_refusals(system)
    before = counted("ucity_nats_refused_logins_total")
    secrets = server.options.secrets
    for name, password in (("city", secrets.city), ("system", secrets.system), ("callout", secrets.callout)):
        assert await refused(server, name, password)
    async with asyncio.timeout(30):
        while counted("ucity_nats_refused_logins_total") < before + 3:  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.1)
    assert counted("ucity_nats_refused_logins_total") == before + 3


async def test_a_device_is_of_no_use_on_the_bus(server: Server, records: Records) -> None:
    before = counted("ucity_mqtt_logins_total", outcome="protocol")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.options.port)
    assert (await reader.readline()).startswith(b"INFO ")
    writer.write(b'CONNECT {"user": "alpha", "pass": "a-secret", "verbose": false}\r\nPING\r\n')
    assert b"Authorization Violation" in await asyncio.wait_for(reader.readline(), 20)
    writer.close()
    assert counted("ucity_mqtt_logins_total", outcome="protocol") == before + 1


async def test_many_wrong_passwords_shut_out_that_device_from_that_address_alone(
    server: Server, records: Records
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(20):
        assert await refused(server, "alpha", "wrong")
    # Ten at once; then one every two seconds, and the one after it that finds nothing left.
    assert records.asked <= 11 + (loop.time() - began)
    assert not await refused(server, "beta", "b-secret")
    async with asyncio.timeout(30):
        while await refused(server, "alpha", "a-secret"):  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.1)


async def test_records_that_are_away_let_nobody_in(server: Server, records: Records) -> None:
    records.away = True
    assert await refused(server, "alpha", "a-secret")
    records.away = False
    assert not await refused(server, "alpha", "a-secret")


async def test_two_callouts_share_the_work_and_one_is_enough(server: Server, records: Records) -> None:
    other = replace(records)
    async with callout(server, other):
        for _ in range(30):
            assert not await refused(server, "alpha", "a-secret")
    assert records.asked > 0
    assert other.asked > 0
    assert records.asked + other.asked == 30
    assert not await refused(server, "alpha", "a-secret")


async def test_a_device_cannot_take_the_connection_of_another(server: Server, records: Records) -> None:
    async with device(server, "alpha", "a-secret", client_id="alpha") as client:
        assert await refused(server, "beta", "b-secret", client_id="alpha")
        await client.publish(TOPIC, "still here", qos=1)


@pytest.mark.parametrize("client_id", ["bus-1", "bus-1:2", "bus-1.front", "bus-1/a", "uY9bEvupzDKtZbNVFH7wEX"])
def test_a_client_id_begins_with_the_devices_name(client_id: str) -> None:
    assert may_use(client_id, "bus-1")


@pytest.mark.parametrize("client_id", ["bus-11", "bus-1-2", "bus", "", "uY9bEvupzDKtZbNVFH7-EX", "other"])
def test_other_client_ids_are_somebody_elses(client_id: str) -> None:
    assert not may_use(client_id, "bus-1")


async def test_a_device_publishes_only_as_itself(server: Server, bus: Client, records: Records) -> None:
    async with device(server, "beta", "b-secret") as client:
        for topic in (TOPIC, "ucity/alpha", "$MQTT/msgs/ucity/alpha/a/b", "ingest/http/a/b", "$JS/API/STREAM/LIST"):
            await client.publish(topic, "forged", qos=1)
            await client.publish(topic, "forged", qos=0)
        await client.publish("ucity/beta/air_quality/stations", "mine", qos=1)
    logs = await open_logs(bus, 16 << 20)
    assert [m.payload for m in await everything(logs.mqtt)] == [b"mine"]
    assert await everything(logs.ingest) == []


async def test_a_device_hears_only_its_own_commands(server: Server, bus: Client, records: Records) -> None:
    async with device(server, "alpha", "a-secret") as client:
        granted = [
            (await client.subscribe(topic, qos=qos))[0].value  # type: ignore[union-attr]  # MQTT 3.1.1 gives such codes
            for topic in ("ucity/alpha/commands/#", "ucity/beta/commands/#", "ucity/#", "#", "$SYS/#")
            for qos in (0, 1)
        ]
        assert granted == [0, 1] + [128] * 8
        await bus.publish("ucity.alpha.commands.restart", b"now")
        message = await asyncio.wait_for(anext(aiter(client.messages)), 20)
        assert (str(message.topic), message.payload) == ("ucity/alpha/commands/restart", b"now")


async def test_a_revoked_device_is_put_out_at_once(server: Server, system: Client, records: Records) -> None:
    async with device(server, "beta", "b-secret") as other:
        with pytest.raises(aiomqtt.MqttError):
            async with (
                device(server, "alpha", "a-secret", client_id="alpha:1") as client,
                device(server, "alpha", "a-secret", client_id="alpha:2"),
            ):
                await client.publish(TOPIC, "before", qos=1)
                assert len(await connections(system, "alpha")) == 2
                records.revoke("alpha")
                assert await disconnect(system, "alpha") == 2
                await client.publish(TOPIC, "after", qos=1, timeout=1)
        assert await connections(system, "alpha") == []
        assert await refused(server, "alpha", "a-secret")
        await other.publish("ucity/beta/air_quality/stations", "x", qos=1)
    assert await disconnect(system, "alpha") == 0


async def test_revoking_is_felt_within_a_moment(server: Server, bus: Client, system: Client, records: Records) -> None:
    loop = asyncio.get_running_loop()
    sent = 0

    async def publish() -> None:
        nonlocal sent
        async with device(server, "alpha", "a-secret") as client:
            while True:
                await client.publish(TOPIC, "x", qos=1, timeout=1)
                sent += 1

    publishing = asyncio.create_task(publish())
    await asyncio.sleep(0.2)
    records.revoke("alpha")
    start = loop.time()
    closing = asyncio.create_task(disconnect(system, "alpha"))
    with pytest.raises(aiomqtt.MqttError):
        await publishing
    # The client itself takes up to a second to notice that no answer comes; by itself it would go on for ever.
    assert loop.time() - start < 5
    assert await closing == 1
    assert await (await mqtt_log(bus)).lag(0) - sent in {0, 1}


async def test_a_login_that_was_let_in_just_before_is_put_out_too(
    server: Server, system: Client, records: Records
) -> None:
    closing = asyncio.create_task(disconnect(system, "alpha"))
    await asyncio.sleep(0.1)
    async with device(server, "alpha", "a-secret", client_id="alpha") as client:
        records.revoke("alpha")
        assert await closing == 1
        with pytest.raises(aiomqtt.MqttError):
            await client.publish(TOPIC, "x", qos=1, timeout=1)
        # What the client says at the end goes nowhere, which is not this test's affair.
        client._disconnected.exception()


async def test_a_connection_tells_its_device_also_when_it_has_gone(
    server: Server, system: Client, records: Records
) -> None:
    async with device(server, "alpha", "a-secret"):
        [connection] = await connections(system, "alpha")
        assert await device_of(system, connection.cid) == "alpha"
    await asyncio.sleep(0.1)
    assert await connections(system, "alpha") == []
    assert await device_of(system, connection.cid) == "alpha"
    assert await device_of(system, 999_999) is None


async def test_hundreds_of_devices_get_in_at_once(server: Server, records: Records) -> None:
    records.passwords |= {f"bus-{n}": "secret" for n in range(300)}

    async def come(number: int) -> None:
        async with device(server, f"bus-{number}", "secret") as client:
            await client.publish(f"ucity/bus-{number}/air_quality/buses", "x", qos=1)

    await asyncio.gather(*(come(n) for n in range(300)))


async def test_the_callout_takes_up_its_work_after_a_restart(server: Server, records: Records) -> None:
    server.kill()
    server.start()
    async with asyncio.timeout(30):
        while await refused(server, "alpha", "a-secret"):  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.1)


async def test_an_account_of_its_own_keeps_devices_out_of_the_system(server: Server, records: Records) -> None:
    client = await connect(server.options.callout_url)
    with pytest.raises(NoRespondersError):
        await client.request("$SYS.REQ.SERVER.PING", b"", timeout=1)
    await client.close()
