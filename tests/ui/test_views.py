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
