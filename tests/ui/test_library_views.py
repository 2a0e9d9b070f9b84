"""Documents and jobs on the page: outcomes in words, nothing of a file's name or text alive."""

from datetime import UTC, datetime

from advisor.job import FileOutcome, Job, State
from ui import library_views


def job(**changes) -> Job:
    given = dict(id="job_1", kind="documents", state=State.RUNNING, created=datetime.now(UTC), owner="ann")
    return Job(**(given | changes))


def test_a_running_job_tells_how_far_it_is_and_a_refused_file_why():
    shown = library_views.jobs(
        [
            job(
                stage="embedding",
                done=3,
                total=9,
                files=(FileOutcome(name="a.pdf", outcome="refused", reason="no text"),),
            )
        ]
    )
    assert "embedding 3 of 9" in shown and 'max="9" value="3"' in shown and "refused: no text" in shown


def test_names_and_texts_of_documents_are_shown_never_rendered():
    evil = "<img src=x onerror=alert(1)>"
    card = {"title": evil, "label": "public", "path": evil, "media": "text", "chunks": 1, "uploaded": True}
    shown = library_views.document(card, evil, True) + library_views.jobs([job(files=(FileOutcome(name=evil),))])
    assert "<img" not in shown and shown.count("&lt;img") == 4


def test_a_newcomer_is_told_what_to_do_according_to_their_role():
    assert "advisor ingest" in library_views.empty(True) and "role editor" in library_views.empty(False)
