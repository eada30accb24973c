"""Devices that publish by MQTT as fast as they are acknowledged, in processes of their own.

Written to the socket by hand: a client library would be busier than the servers that are to be measured. Each packet is
made beforehand; what is counted is acknowledgements (PUBACK). Source of the packets: MQTT 3.1.1, sections 3.1 to 3.4.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe

_CONNACK = b"\x20\x02\x00\x00"
_PUBACK = 4  # bytes
_UNACKNOWLEDGED = 64
"""Publishes of one device that may be on their way at once."""
_PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Device:
    """Who publishes what; ``password`` None for a server that asks for none."""

    name: str
    password: str | None
    topic: str
    payloads: Sequence[bytes]


def publish(host: str, port: int, devices: Sequence[Device], processes: int) -> tuple[float, float]:
    """(began, ended) by the monotonic clock: from the first publish to the last acknowledgement."""
    with ExitStack() as stack:
        pipes = [_start(host, port, devices[number::processes], stack) for number in range(processes)]
        for pipe in pipes:
            pipe.recv()  # it is connected
        for pipe in pipes:
            pipe.send("go")
        times: list[tuple[float, float]] = [pipe.recv() for pipe in pipes]
    return min(began for began, _ in times), max(ended for _, ended in times)


def _start(host: str, port: int, devices: Sequence[Device], stack: ExitStack) -> Pipe:
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_work, args=(host, port, devices, theirs), daemon=True)
    process.start()
    theirs.close()  # so that what it did not tell ends the wait for it
    stack.callback(process.join)
    stack.callback(ours.close)
    return ours


def _work(host: str, port: int, devices: Sequence[Device], pipe: Pipe) -> None:
    asyncio.run(_publish_all(host, port, devices, pipe))


async def _publish_all(host: str, port: int, devices: Sequence[Device], pipe: Pipe) -> None:
    connections = [await _connect(host, port, device) for device in devices]
    packets = [[_publish_packet(device.topic, *each) for each in enumerate(device.payloads)] for device in devices]
    pipe.send("ready")
    pipe.recv()
    began = time.monotonic()
    await asyncio.gather(*map(_publish, connections, packets))
    pipe.send((began, time.monotonic()))
    for _, writer in connections:
        writer.close()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connect(host: str, port: int, device: Device) -> Streams:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(_connect_packet(device.name, device.password))
    answer = await reader.readexactly(len(_CONNACK))
    if answer != _CONNACK:
        raise ConnectionRefusedError(f"{device.name} was refused: {answer.hex()}")
    return reader, writer


async def _publish(connection: Streams, packets: Sequence[bytes]) -> None:
    reader, writer = connection
    sent = received = 0
    while received < len(packets) * _PUBACK:
        until = min(len(packets), received // _PUBACK + _UNACKNOWLEDGED)
        writer.write(b"".join(packets[sent:until]))
        sent = until
        acknowledged = await reader.read(1 << 16)
        if not acknowledged:
            raise ConnectionAbortedError("the server has closed the connection")
        received += len(acknowledged)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _packet(kind: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (128 if length else 0))
        if not length:
            return bytes([kind]) + bytes(digits) + body


def _connect_packet(name: str, password: str | None) -> bytes:
    clean = 0x02
    if password is None:
        return _packet(0x10, _text("MQTT") + bytes([4, clean, 0, 0]) + _text(name))
    flags = clean | 0xC0
    return _packet(0x10, _text("MQTT") + bytes([4, flags, 0, 0]) + _text(name) + _text(name) + _text(password))


def _publish_packet(topic: str, number: int, payload: bytes) -> bytes:
    """QoS 1; the packet identifier, 1 to 65535, comes again only long after its acknowledgement."""
    return _packet(0x32, _text(topic) + (number % 65535 + 1).to_bytes(2, "big") + payload)
