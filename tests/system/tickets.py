"""Tickets that are genuine and no good: past their time, shown twice, shown by or to whose clock is wrong."""

import datetime
import struct

from impacket.krb5.asn1 import AP_REQ, Authenticator, EncTicketPart, seq_set
from impacket.krb5.ccache import CCache
from impacket.krb5.constants import APOptions, PrincipalNameType, encodeFlags
from impacket.krb5.crypto import Key, _enctype_table
from impacket.krb5.keytab import Keytab
from impacket.krb5.types import KerberosTime, Principal, Ticket
from pyasn1.codec.der import decoder, encoder

from cases import case
from domain import REALM, Domain
from fixture import Failed, Smbclient, check, check_equal
from kerberos import KRB5, SCANNER, Ticketed, der, identity, initial, keyed, keyed_warden, principal, s4u
from peer import Peer, Refused
from relay import SESSION_SETUP

LOGON_FAILURE = 0xC000006D
TICKET, AUTHENTICATOR = 2, 11  # what keys are used for, [RFC4120] 7.5.1
MUTUAL_REPLAY_INTEGRITY = 0x2 | 0x4 | 0x20
MINUTE = datetime.timedelta(minutes=1)
SERVICE = "cifs/gw.testdom.test"


def now():
    return datetime.datetime.utcnow()


class ServiceTicket:
    """NAME's ticket for smbwarden, from the KDC, and what only its client and smbwarden know of it."""

    def __init__(self, domain, name):
        self._client = Principal(name, type=PrincipalNameType.NT_PRINCIPAL.value)
        cache = f"{domain.dir}/{name}.ccache"
        domain.run("kinit", "-k", "-t", domain.keytab(name), "-c", cache, f"{name}@{REALM}")
        domain.run("kvno", "-c", cache, SERVICE)
        kept = CCache.loadFile(cache).getCredential(f"{SERVICE}@{REALM}")
        self._ticket = Ticket().from_asn1(kept.ticket["data"])
        self._cipher = _enctype_table[kept["key"]["keytype"]]
        self._key = Key(self._cipher.enctype, kept["key"]["keyvalue"])
        self._keytab = domain.keytab("gw")

    def date(self, **times):
        """Has the ticket hold from or until other times, as its service's key lets one write them."""
        sealed = self._ticket.encrypted_part
        cipher = _enctype_table[sealed.etype]
        ours = Keytab.loadFile(str(self._keytab)).getKey(f"{SERVICE}@{REALM}", cipher.enctype)["keyvalue"]["data"]
        key, bytes_ = Key(cipher.enctype, ours), sealed.ciphertext.encode("latin-1")
        part = decoder.decode(cipher.decrypt(key, TICKET, bytes_), asn1Spec=EncTicketPart())[0]
        for field, time in times.items():
            part[field] = KerberosTime.to_asn1(time)
        sealed.ciphertext = cipher.encrypt(key, TICKET, encoder.encode(part), None).decode("latin-1")
        return self

    def _authenticator(self, time):
        made = Authenticator()
        made["authenticator-vno"], made["crealm"] = 5, REALM
        seq_set(made, "cname", self._client.components_to_asn1)
        made["cksum"]["cksumtype"] = 0x8003  # [RFC4121] 4.1.1
        made["cksum"]["checksum"] = struct.pack("<I16sI", 16, bytes(16), MUTUAL_REPLAY_INTEGRITY)
        made["ctime"], made["cusec"] = KerberosTime.to_asn1(time), time.microsecond
        return self._cipher.encrypt(self._key, AUTHENTICATOR, encoder.encode(made), None)

    def token(self, time):
        """What shows the ticket, by somebody to whom it is TIME, as SESSION_SETUP has it."""
        request = AP_REQ()
        request["pvno"], request["msg-type"] = 5, 14
        request["ap-options"] = encodeFlags([APOptions.mutual_required.value])
        seq_set(request, "ticket", self._ticket.to_asn1)
        request["authenticator"]["etype"] = self._cipher.enctype
        request["authenticator"]["cipher"] = self._authenticator(time)
        return initial(der(0x30, der(0x06, KRB5)), der(0x60, der(0x06, KRB5), b"\1\0", encoder.encode(request)))


def shown(warden, token):
    """The status that whoever shows TOKEN on a connection of his own is told; zero: he is let in."""
    peer = Peer(warden)
    peer.negotiate()
    try:
        peer.session_setup(token, (0,))
    except Refused as refusal:
        return refusal.status
    finally:
        peer.close()
    return 0


def check_refused(warden, token, words):
    """Who shows TOKEN is refused with WORDS, and is neither logged on nor seen at a server."""
    before = len(warden.events(event="refused"))
    check_equal(shown(warden, token), LOGON_FAILURE, f"what the client is told where {words}")
    refusals = warden.events(event="refused")[before:]
    check_equal([(event["reason"], event["words"]) for event in refusals], [("logon-failed", words)], "the refusals")
    check(refusals[0]["remedy"], "no remedy is given")
    check(not warden.events(event="tree"), "a share was served")


def warden_of_alice(place, domain, **settings):
    return keyed_warden(place, domain, domain.fs2, [principal("alice", domain, "alice")],
                        client="wire: trusted", **settings)


@case(seconds=180)
def ticket_past_its_time(place):
    """One that has run out longer ago than clocks may differ is refused; one that has run out since is not."""
    place.needs_program()
    domain = Domain(place)
    warden = warden_of_alice(place, domain)
    ticket = ServiceTicket(domain, "alice")
    check_equal(shown(warden, ticket.token(now())), 0, "status with the ticket as the KDC made it")
    check_equal(shown(warden, ticket.date(endtime=now() - 3 * MINUTE).token(now())), 0, "status within the tolerance")
    check_refused(warden, ticket.date(endtime=now() - 6 * MINUTE).token(now()), "the client's ticket has expired")
    Ticketed(domain, warden, "alice").do("ls")
    warden.check_alive()


@case(seconds=180)
def clock_of_a_client(place):
    """A client, or a KDC, whose clock is more than five minutes off, fast or slow."""
    place.needs_program()
    domain = Domain(place)
    warden = warden_of_alice(place, domain)
    ticket = ServiceTicket(domain, "alice")
    words = "the client's clock is not this machine's"
    for minutes in (3, -3):
        check_equal(shown(warden, ticket.token(now() + minutes * MINUTE)), 0, f"status at {minutes} minutes")
    for minutes in (10, -10):
        check_refused(warden, ticket.token(now() + minutes * MINUTE), words)
    check_refused(warden, ticket.date(starttime=now() + 10 * MINUTE).token(now()), words)
    warden.check_alive()


def warden_off(place, domain, offset, **settings):
    """smbwarden whose clock is OFFSET off, that of this machine and of everybody else being right."""
    return place.warden(domain.fs2, clock=offset, upstream="logon: [kerberos]", **settings)


@case(seconds=240)
def clock_of_smbwarden(place):
    """The KDC hears of the wrong time and refuses, whichever way smbwarden logs on at servers; clients that come by
    Kerberos are refused, those by NTLM are not: they are told that the server's logon failed."""
    place.needs_program()
    place.not_under_valgrind("it loads its own library in the place of what shifts the clock")
    domain = Domain(place)
    domain.run("mount", "-t", "tmpfs", "none", "/dev/shm")
    ways = [{"accounts": [identity(domain, "alice")]}, {"accounts": [keyed(domain, "bob")]},
            {"accounts": [(*SCANNER, f"bob@{REALM}", None)], "top": s4u(domain)}]
    for offset in ("+10m", "-10m"):
        for way in ways:
            warden = warden_off(place, domain, offset, **way)
            check_equal(Smbclient(warden, user=SCANNER).refused()[0], "NT_STATUS_ACCESS_DENIED", "what the client is told")
            refusal = warden.expect_refusal(
                "server-logon-failed", words="the clock of this machine is not that of the KDC or the server",
                remedy="Set all three by NTP: Kerberos bears five minutes.")
            check(f"@{REALM}" in refusal["detail"], f"the log does not say who asked: {refusal['detail']!r}")
            warden.check_alive()
    warden = warden_of_alice(place, domain, clock="+10m")
    check_equal(Ticketed(domain, warden, "alice").refused()[0], "NT_STATUS_LOGON_FAILURE", "what alice is told")
    warden.expect_refusal("logon-failed", words="the client's clock is not this machine's",
                          remedy="Set both by NTP: Kerberos bears five minutes.")
    Smbclient(warden_off(place, domain, "+3m", **ways[0]), user=SCANNER).do("ls")


class Overheard:
    """A relay that keeps the first token of every logon that goes by."""

    def __init__(self, place, warden):
        self.tokens = []
        relay = place.relay(warden, on_request=self._hear)
        self.address, self.port = relay.address, relay.port

    def _hear(self, message):
        if message.command == SESSION_SETUP:
            at, size = struct.unpack_from("<HH", message.bytes, 64 + 12)
            self.tokens.append(bytes(message.bytes[at:at + size]))


@case(seconds=180)
def ticket_shown_twice(place):
    """What a client said in its logon opens nothing a second time: not here, not at another smbwarden of this
    machine, not after a start anew; the client itself is let in again, for it says something new."""
    place.needs_program()
    domain = Domain(place)
    first = warden_of_alice(place, domain)
    heard = Overheard(place, first)
    client = Ticketed(domain, heard, "alice")
    client.do("ls")
    token = heard.tokens[0]
    check(KRB5 in token and b"NTLMSSP" not in token, "the client's logon was not by Kerberos")
    words = "the client's Kerberos request has been seen before"
    second = warden_of_alice(place, domain)
    for warden in (first, second):
        before = len(warden.events(event="logon"))
        check_equal(shown(warden, token), LOGON_FAILURE, "what is told to whoever repeats it")
        warden.expect_refusal("logon-failed", words=words)
        check_equal(len(warden.events(event="logon")), before, "logons")
    client.do("ls")
    check(heard.tokens[-1] != token, "the client says the same twice")
    check_equal(shown(second, ServiceTicket(domain, "alice").token(now())), 0, "status of a fresh logon")
    for warden in (first, second):
        warden.check_alive()
