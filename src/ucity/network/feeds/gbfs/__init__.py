"""GBFS, how systems of shared bicycles tell where their stations are and what is to be had there: JSON by URL.

    documents = listed(discovery)           # names and addresses of what gbfs.json names
    system = read(received)                 # those documents as one ``System``; FeedRefused where they are no good
    encode(system), decode(data)            # as it is kept

Source: General Bikeshare Feed Specification, v2.3 and v3.0, https://github.com/MobilityData/gbfs. Versions before 2.3
that differ by missing fields only are read as well.
"""

from ucity.network.feeds.gbfs.discovery import NEEDED, WANTED, listed
from ucity.network.feeds.gbfs.documents import MOST_BYTES
from ucity.network.feeds.gbfs.read import read
from ucity.network.feeds.gbfs.system import Station, System, decode, encode

__all__ = ["MOST_BYTES", "NEEDED", "WANTED", "Station", "System", "decode", "encode", "listed", "read"]
