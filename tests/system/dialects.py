"""A weak client of every dialect and protection works, while the server leg is 3.1.1 and sealed."""

from cases import case
from fixture import ALICE, DIALECTS, Smbclient, check, check_equal, digest, random_file, seals

SIZES = [0, 1, 65535, 65536, 65537, 3_000_000]
BIG = 100 << 20


def protections(dialect):
    return ["off", "signed"] + (["sealed"] if dialect.startswith("3") else [])


def there_and_back(place, server, client, size):
    name = f"f{size}"
    sent, got = random_file(place.dir / name, size), place.dir / f"{name}.back"
    client.do(f'put "{sent}" {name}; get {name} "{got}"')
    check_equal(digest(server.root() / name), digest(sent), f"{size} bytes as the server has them")
    check_equal(digest(got), digest(sent), f"{size} bytes as the client got them back")
    for path in (sent, got):
        path.unlink()


def every_file_operation(server, client):
    name = "Grüße 文書 🙂.txt"
    output = client.do(f'mkdir dir; cd dir; put /etc/hostname "{name}"; ls; rename "{name}" second; '
                       'del second; cd ..; rmdir dir; ls')
    check(name in output, "the listing lacks the name in Unicode")
    check(not (server.root() / "dir").exists(), "the directory is still there")


def check_legs(warden, dialect, protection):
    tree = warden.event(event="tree", action="allow")
    near, far = tree["client_leg"], tree["server_leg"]
    check_equal(near["dialect"], dialect, "dialect of the client leg")
    check_equal(near["signing"] != "none", protection != "off", "whether the client leg is signed or sealed")
    check_equal(seals(near), protection == "sealed", "whether the client leg is sealed")
    check_equal(far["dialect"], "3.1.1", "dialect of the server leg")
    check(seals(far), "the server leg is not sealed")


for dialect_ in DIALECTS:
    for protection_ in protections(dialect_):
        @case(f"smbclient-{dialect_}-{protection_}", dialect=dialect_, protection=protection_, seconds=120)
        def smbclient(place, dialect, protection):
            server = place.samba(hardened=True)
            demands = {"signed": "signing: required", "sealed": "encryption: required"}
            warden = place.warden(server, client=demands.get(protection, ""))
            client = Smbclient(warden, dialect, protection, user=ALICE)
            every_file_operation(server, client)
            for size in SIZES:
                there_and_back(place, server, client, size)
            check_legs(warden, dialect, protection)
            warden.check_alive()

        @case(f"smbclient-100MiB-{dialect_}-{protection_}", dialect=dialect_, protection=protection_, seconds=120,
              slow=(dialect_, protection_) not in [("2.0.2", "off"), ("3.1.1", "sealed")])
        def smbclient_big(place, dialect, protection):
            server = place.samba(hardened=True)
            warden = place.warden(server)
            there_and_back(place, server, Smbclient(warden, dialect, protection), place.bulk(BIG))
            warden.check_alive()
