"""Subscriptions of NGSI-LD: what they say, the operations on them, and the notifications that come of them.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.12 to 5.2.15, 5.2.22, 5.3.1, 5.8, 6.10, 6.11 and 7.2.
"""
