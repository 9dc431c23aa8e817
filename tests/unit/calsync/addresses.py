"""Addresses that lead, or may lead, into a private network or to ourselves, in the spellings that attackers use."""

from __future__ import annotations

SECRET = "s3cr3t"

REFUSED = r"""
ftp://example.com/a file:///etc/passwd gopher://example.com/ javascript:alert(1) data:text/calendar,x
http://example.com/a https:/example.com/a https:example.com //example.com/a https:///example.com/a https://
https://user@example.com/a https://user:pass@example.com/a https://example.com@127.0.0.1/a
https://example.com%40127.0.0.1/ https://example.com\@127.0.0.1/a https://example..com/ https://-example.com/
https://ex_ample.com/ https://exa%6dple.com/ https://example.com: https://example.com:0x1bb/ https://пример.com/
https://①②⑦.⓪.⓪.①/ https://example。com/ https://ｅxample.com/
https://example.com:80/a https://example.com:8443/a https://example.com:22/a https://example.com:99999/a
https://127.0.0.1/a https://127.1/a https://2130706433/a https://0x7f000001/a https://0x7f.1/a
https://0177.0.0.1/a https://017700000001/a https://0/a https://0.0.0.0/ https://10.0.0.1/a https://172.16.0.1/a
https://192.168.1.1/a https://169.254.169.254/latest/meta-data https://100.64.0.1/a https://8.8.8.8/a
https://255.255.255.255/ https://1.2.3.4.5/ https://127.0.0.1./a https://foo.0x7f/a https://foo.1/a https://0x/a
https://[::1]/a https://[::ffff:7f00:1]/a https://[::ffff:127.0.0.1]/ https://[fe80::1%25eth0]/
https://[64:ff9b::7f00:1]/ https://[64:ff9b::10.0.0.1]/ https://[fd00::1]/ https://[::]/ https://[::127.0.0.1]/
https://[0:0:0:0:0:ffff:a9fe:a9fe]/ https://[fd00:ec2::254]/
https://localhost/a https://LOCALHOST/a https://localhost./a https://foo.localhost/a https://printer.local/a
https://router/a https://metadata.google.internal/ https://db.corp/ https://nas.home.arpa/ https://nas.lan/
https://example.com./a https://127.0.0.1.nip.io/ https://10-0-0-1.sslip.io/ https://localtest.me/
https://a.lvh.me/ https://localho.st/ https://a.localho.st/ https://fuf.me/ https://a.b.fuf.me/ https://1.xip.io/
https://calendar.test/ https://host.example/ https://a.invalid/ https://hidden.onion/ https://a.alt/
https://a.internal/ https://home.arpa/
https://propflow360.com/a https://api.propflow360.com/ical/unit/token.ics webcal://API.PropFlow360.com/x
https://a.b.propflow360.com/
http://127.0.0.1:8788/calendars/a.ics http://localhost:8788/
""".split()  # noqa: SIM905  a table, not a list of one hundred lines
REFUSED += [
    "",
    "https://exa mple.com/a",
    "https://example.com\t/a",
    "https://exam\nple.com/",
    "https://example.com/a b",
]
REFUSED += ["https://\x00example.com/", "https://example.com/" + "a" * 2_048]
