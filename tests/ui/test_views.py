"""An answer on the page: citations that lead to sources, verdicts in words."""

from ui import views


def test_citation_numbers_are_links_and_escaped_brackets_stay_text():
    shown = views.linked(r"Quoted. [1][12] An array a\[3\] stays.", 4)
    assert "(#source-4-1)" in shown and "(#source-4-12)" in shown and "#source-4-3" not in shown


def test_sources_of_two_answers_have_names_of_their_own(advisor):
    answers = {1: advisor.ask("What is PUE?"), 2: advisor.ask("What is InfiniBand?")}
    shown = views.turns_html(answers, advisor.surroundings)
    assert shown.index('id="source-2-1"') < shown.index("Earlier: What is PUE?") < shown.index('id="source-1-1"')
    assert shown.count('<span class="tag">quoted</span>') == sum(len(one.claims) for one in answers.values())


def test_what_is_missing_shows_the_command_that_helps_as_code(advisor):
    shown = views.sources_html(advisor.ask("Which <b>llama</b> farms are in Peru?"), advisor.surroundings)
    assert "<code>advisor ingest PATH</code>" in shown
    assert "`" not in shown and "<b>" not in shown


def test_a_finding_leads_to_the_figures_and_cells_it_stands_on(home, tmp_path):
    import shutil
    from pathlib import Path

    from advisor import Advisor
    from advisor.inventory.importing import import_feeds
    from advisor.settings import load

    own = tmp_path / "home"
    shutil.copytree(home, own)
    import_feeds(own, [Path(__file__).parents[2] / "corpus" / "sample_org"])
    estate = Advisor.open(load(home=own))
    answer = estate.ask("Are we ready to fine-tune a 70B model in Frankfurt?")
    shown, told = views.sources_html(answer, estate.surroundings), views.terminal(answer)
    assert "None" not in shown and "None" not in told
    number = {item.id: position for position, item in enumerate(answer.evidence, 1)}
    finding = next(item for item in answer.evidence if item.kind == "finding")
    for one in finding.locator.inputs:
        assert f'<a href="#source-1-{number[one]}">' in shown
    cited = {one for claim in answer.claims for one in claim.evidence}
    assert shown.count(" open><summary>") == len(cited) < len(answer.evidence)
