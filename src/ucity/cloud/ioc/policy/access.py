"""The decisions. Each is a pure function of who asks and of what the catalogue declares."""

from dataclasses import dataclass, replace

from ucity.blueprint import Catalogue, Declared, Sharing, Stream
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, type_iri
from ucity.cloud.ioc.policy.predicate import Predicate
from ucity.cloud.ioc.policy.principal import Principal, Scope
from ucity.errors import Forbidden, UcityError, Unauthenticated


def _denied(who: Principal, what: str) -> UcityError:
    if who.kind == "anyone":
        return Unauthenticated(f"{what} needs an API key. Send it as 'Authorization: Bearer <key>'.")
    return Forbidden(f"{who.kind} {who.name!r} may not do this: {what} needs another permission.")


def _in_city(who: Principal) -> Principal:
    """The asker as the city itself, the tenant "" that owns the streams, sees it: another tenant's key has no scope."""
    return replace(who, tenant="", scopes=frozenset()) if who.tenant else who


def _shows_all(predicate: Predicate, stream: Stream) -> bool:
    allowed = predicate.attributes([type_iri(stream.entity_type)])
    names = {LOCATION, *map(attribute_iri, (*stream.by_key, *stream.labels))}
    return stream.sharing is Sharing.OPEN and (allowed is None or names <= allowed)


@dataclass(frozen=True)
class Access:
    """Policy over what one catalogue declares.

    ``open``: anyone may write; only for trials and conformance tools on the loopback interface.
    """

    catalogue: Catalogue
    open: bool = False

    def in_tenant(self, who: Principal, tenant: str) -> Principal | None:
        """The asker as one of this tenant; None when it is of another. In open mode, where no key is needed, whoever
        comes without one is of whichever tenant it names."""
        if tenant == who.tenant:
            return who
        return replace(who, tenant=tenant) if self.open and who.kind == "anyone" else None

    def reads(self, who: Principal, purpose: str) -> Predicate:
        """What this asker may read of its tenant while its credential lasts: everything with READ, otherwise what
        streams declare OPEN."""
        if self.open or Scope.READ in who.scopes:
            return Predicate(purpose, who.tenant, None, who.until)
        return Predicate(purpose, who.tenant, self._open_types() if who.tenant == "" else {}, who.until)

    def reads_streams(self, who: Principal, purpose: str) -> Predicate:
        """What this asker may read of the things that the city's own streams are about."""
        return self.reads(_in_city(who), purpose)

    def _open_types(self) -> dict[str, frozenset[str] | None]:
        types: dict[str, frozenset[str] | None] = {}
        for declared in self.catalogue.streams.values():
            stream = declared.stream
            if stream.sharing is not Sharing.OPEN:
                continue
            names = {attribute_iri(name) for name in (*stream.by_key, *stream.labels)}
            if self._is_place_open(stream.entity_type):
                names.add(LOCATION)
            types[type_iri(stream.entity_type)] = frozenset(names) | (types.get(type_iri(stream.entity_type)) or set())
        return types

    def _is_place_open(self, entity_type: str) -> bool:
        """Whether anyone may know where things of this type are: only when a stream that tells it is OPEN.

        A figure that a rule computes may be open while where its thing is, a home or an ambulance, is not.
        """
        streams = [each.stream for each in self.catalogue.of_type(entity_type)]
        telling = [each for each in streams if each.moves] or [each for each in streams if not each.derived]
        return any(each.sharing is Sharing.OPEN for each in telling)

    def check_read_stream(self, who: Principal, declared: Declared) -> None:
        """Raise unless single readings of this stream may be read."""
        if not (self.open or declared.stream.sharing is Sharing.OPEN or Scope.READ in _in_city(who).scopes):
            raise _denied(who, f"reading {declared.path}")

    def check_read_view(self, who: Principal, view: str, sharing: Sharing) -> None:
        """Raise unless this view of a service may be asked; what it finds is limited by ``reads_streams`` besides."""
        if not (self.open or sharing is Sharing.OPEN or Scope.READ in _in_city(who).scopes):
            raise _denied(who, f"reading {view}")

    def rules_read(self, predicate: Predicate) -> list[str] | None:
        """Rules of whose events this predicate lets any be read; None for all, also those that are declared no more.

        A rule may tell whatever it was given, so all of that has to be open: of the stream that it is on and of those
        that it reads besides, every attribute and the place.
        """
        if predicate.everything and not predicate.tenant:
            return None
        rules = () if predicate.tenant else self.catalogue.rules
        return [rule.name for _, rule in rules if all(_shows_all(predicate, each) for each in (rule.on, *rule.also))]

    def check_read_events(self, predicate: Predicate, who: Principal, rule: str) -> None:
        """Raise unless events of this rule may be read."""
        rules = self.rules_read(predicate)
        if not (rules is None or rule in rules):
            raise _denied(who, f"reading events of {rule}")

    def check_send(self, who: Principal, declared: Declared) -> None:
        """Raise unless readings may be sent to this stream."""
        if declared.stream.derived:
            raise Forbidden(f"{declared.path} is computed by a rule of {declared.service}; no sender may write it.")
        if not (self.open or Scope.WRITE in _in_city(who).scopes or declared.path in who.streams):
            raise _denied(who, f"sending to {declared.path}")

    def subjects(self, who: Principal) -> frozenset[str] | None:
        """Subjects of which this sender may send readings; None for all."""
        if who.kind != "device":
            return None
        return who.speaks_for if who.speaks_for is not None else frozenset({who.name})

    def check_write_entities(self, who: Principal) -> None:
        """Raise unless entities of the asker's tenant may be written through NGSI-LD."""
        if not self.writes_entities(who):
            raise _denied(who, "writing entities")

    def writes_entities(self, who: Principal) -> bool:
        """Whether ``check_write_entities`` lets this asker pass."""
        return self.open or Scope.WRITE in who.scopes

    def check_subscribe(self, who: Principal) -> None:
        """Raise unless the city may be asked to tell of changes; what it tells is limited by ``reads`` besides."""
        if not self.subscribes(who):
            raise _denied(who, "subscribing")

    def subscribes(self, who: Principal) -> bool:
        """Whether ``check_subscribe`` lets this asker pass."""
        return self.open or Scope.READ in who.scopes

    def sees_all_subscriptions(self, who: Principal) -> bool:
        """Whether subscriptions of others of the same tenant may be seen and changed."""
        return self.open or self.manages(who)

    def check_see_feeds(self, who: Principal) -> None:
        """Raise unless the feeds that the city takes in, and their files, may be seen."""
        if not (self.open or self.manages(who) or Scope.READ in _in_city(who).scopes):
            raise _denied(who, "seeing feeds")

    def manages(self, who: Principal) -> bool:
        """Whether ``check_manage`` lets this asker pass."""
        return Scope.MANAGE in _in_city(who).scopes

    def reads_quarantine(self, who: Principal) -> Predicate:
        """What of the readings that could not be taken may be seen: all, by whoever manages the city. Raises for
        anybody else: nobody can say what is in a reading that is not as it was declared."""
        self.check_manage(who)
        return Predicate("quarantine", "", None, who.until)

    def check_manage(self, who: Principal) -> None:
        """Raise unless keys, devices, feeds and quarantine may be seen and changed. Open mode gives none away."""
        if not self.manages(who):
            raise _denied(who, "managing the city")
