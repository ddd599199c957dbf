from itertools import accumulate, islice, takewhile

from tokenworks.checks import check
from tokenworks.checks.attempt import attempt
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.paged_attention.prompts import case_of
from tokenworks.checks.paged_attention.sharing import block_tables
from tokenworks.checks.paged_attention.tables import first_fault
from tokenworks.serving.block_pool import BlockPool, block_key

CASES = (*block_tables.cases, *islice(drawn_cases(block_tables, "many prompts"), 80))


def test_the_solution_keeps_the_rules():
    for case in CASES:
        assert first_fault(case, block_tables(*case)) is None


def by_the_pool(events, size, room):
    """Allocate with the library's pool: look up, share, take the rest, register, give back."""
    pool, tables = BlockPool(room, size), []
    for event in events:
        if isinstance(event, int):
            pool.free(tables[event])
            continue
        full = [event[at : at + size] for at in range(0, len(event) - size + 1, size)]
        keys = list(accumulate(full, block_key, initial=b""))[1:]
        known = [pool.lookup(key) for key in keys[: (len(event) - 1) // size]]
        shared = list(takewhile(lambda block: block is not None, known))
        pool.share(shared)
        tables.append([*shared, *pool.allocate(pool.blocks_for(len(event)) - len(shared))])
        for block, key in zip(tables[-1], keys, strict=False):
            pool.register(block, key)
    return tables


def test_the_librarys_block_pool_keeps_the_rules():
    for events, size, _ in CASES:  # of two equal blocks the pool finds only the first
        longer = [
            [*event, 0] if isinstance(event, list) and len(event) % size == 0 else event
            for event in events
        ]
        case = case_of(longer, size)
        assert first_fault(case, by_the_pool(*case)) is None


def test_every_rule_has_a_hint_of_its_own_and_is_broken_by_a_mistake():
    named = {mistake.name for mistake in block_tables.mistakes}
    assert len({mistake.hint for mistake in block_tables.mistakes}) == len(named)
    tried = [
        (case, attempt(wrong, case)) for wrong in block_tables.wrong for case in block_tables.cases
    ]
    faults = [first_fault(case, got.value) for case, got in tried if not got.problem]
    assert {fault.name for fault in faults if fault} == named


def test_a_report_names_the_prompt_and_draws_the_blocks():
    report = check("09.4", block_tables.wrong[0])
    assert "Prompt 1: it shares 0 blocks, and its first 1 are there already" in repr(report)
    assert "block tables of 4 prompts across, blocks down" in report._repr_html_()
