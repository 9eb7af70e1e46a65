"""The mail sink: keeps what it is given, shows it, fails on demand and only as long as told."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.mailbox.pages import with_links
from workers.stack.mailbox.store import MessageStore

PAT = "pat@example.com"


def letter(to: str = PAT) -> EmailMessage:
    """Write a letter with a text and an HTML body."""
    message = EmailMessage()
    message["From"] = "privacy@example.com"
    message["To"] = to
    message["Subject"] = "Your request – Ñandú"
    message["Message-ID"] = "<one@example.com>"
    message.set_content("Confirm at http://127.0.0.1:1/confirm?t=a&b=c. Thank you <3")
    message.add_alternative("<p>Confirm <a href='http://127.0.0.1:1/c'>here</a></p>", "html")
    return message


def send(sink: EmbeddedMailSink, message: EmailMessage) -> None:
    """Hand a letter to the sink."""
    with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as connection:
        connection.send_message(message)


def test_a_letter_is_found_by_its_recipient(mail_sink: EmbeddedMailSink) -> None:
    """`GET /messages?to=` lists it, and opening it gives both bodies and the Message-ID."""
    send(mail_sink, letter())
    send(mail_sink, letter("other@example.com"))
    (entry,) = mail_sink.messages("PAT@example.com")
    opened = mail_sink.message(entry["id"])
    assert opened["message_id"] == "<one@example.com>"
    assert opened["subject"] == "Your request – Ñandú"
    assert "Confirm at http://" in opened["text"]
    assert "<p>Confirm" in opened["html"]


def test_a_letter_marked_as_read_is_not_listed_as_unread(tmp_path: Path) -> None:
    """What a reader has dealt with stays dealt with, over a restart of the mail server too."""
    store = MessageStore(tmp_path)
    first, second = (store.add("privacy@example.com", [PAT], bytes(letter())) for _ in range(2))
    assert store.mark_read(first.id)
    assert not store.mark_read("99")
    assert MessageStore(tmp_path).unread(PAT) == [second]


def test_letters_are_found_by_a_part_of_the_address(tmp_path: Path) -> None:
    """As people type it, in any case; nothing typed finds all."""
    store = MessageStore(tmp_path)
    kept = store.add("privacy@example.com", [PAT], bytes(letter()))
    assert store.search(PAT.partition("@")[0].upper()) == store.search("") == [kept]
    assert store.search("nobody.of.that.name") == []


def test_a_person_reads_letters_on_a_page(mail_sink: EmbeddedMailSink) -> None:
    """The inbox lists the subject; the letter's page has its link and its sandboxed HTML."""
    send(mail_sink, letter())
    number = mail_sink.messages()[0]["id"]
    inbox = httpx.get(mail_sink.url, trust_env=False).text
    page = httpx.get(f"{mail_sink.url}/letters/{number}", trust_env=False).text
    html = httpx.get(f"{mail_sink.url}/letters/{number}/html", trust_env=False)
    assert f'<a href="/letters/{number}">Your request – Ñandú</a>' in inbox
    assert '<a href="http://127.0.0.1:1/confirm?t=a&amp;b=c"' in page
    assert "Thank you &lt;3" in page
    assert html.headers["content-security-policy"].startswith("sandbox")


def test_links_of_hostile_text_stay_text() -> None:
    """Markup in a letter is shown, never run, also inside a link."""
    shown = str(with_links("<script>x</script> https://a.example/\"onmouseover='x' done"))
    assert "<script>" not in shown
    assert shown.count("<a href=") == 1
    assert 'href="https://a.example/"' in shown


def test_refusals_come_as_often_as_asked(mail_sink: EmbeddedMailSink) -> None:
    """Two refusals, then the third attempt is accepted."""
    mail_sink.fail(reply="451 4.3.0 Busy", count=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError, match="Busy"):
            send(mail_sink, letter())
    send(mail_sink, letter())
    assert len(mail_sink.messages()) == 1


def test_a_recipient_can_be_refused_alone(mail_sink: EmbeddedMailSink) -> None:
    """A fault for one recipient leaves the others alone."""
    mail_sink.fail(reply="550 5.1.1 No such user", at="rcpt", to=PAT)
    send(mail_sink, letter("other@example.com"))
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mail_sink, letter())


def test_an_answer_can_get_lost_after_the_letter_was_kept(mail_sink: EmbeddedMailSink) -> None:
    """The sender sees a broken connection, the letter is there all the same."""
    mail_sink.fail(kind="lose_answer")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mail_sink, letter())
    assert len(mail_sink.messages()) == 1


def test_a_server_that_is_away_comes_back(mail_sink: EmbeddedMailSink) -> None:
    """While it is down connections are cut; the switch ends it."""
    mail_sink.fail(kind="down", seconds=30)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mail_sink, letter())
    mail_sink.reset()
    send(mail_sink, letter())


@pytest.mark.parametrize(
    "fault",
    [
        {"reply": "250 fine"},
        {"count": 0},
        {"kind": "down", "seconds": 1e9},
        {"kind": "unknown"},
        {"reply": "451 a\r\nQUIT"},
        [],
    ],
)
def test_unbounded_or_unknown_faults_are_refused(
    mail_sink: EmbeddedMailSink, fault: object
) -> None:
    """What is no bounded fault is answered with 422 and changes nothing."""
    answer = httpx.post(f"{mail_sink.url}/faults", json=fault, trust_env=False)
    assert answer.status_code == 422
    assert httpx.get(f"{mail_sink.url}/faults", trust_env=False).json()["faults"] == []


def test_letters_survive_a_restart(tmp_path: Path) -> None:
    """A store opened again holds what was kept, and goes on counting."""
    first = MessageStore(tmp_path)
    first.add("a@example.com", [PAT], bytes(letter()))
    second = MessageStore(tmp_path)
    second.add("a@example.com", [PAT], bytes(letter()))
    assert [entry.id for entry in MessageStore(tmp_path).find(PAT)] == ["1", "2"]
