"""What the benchmark compares with does the same job: the model page's sample runs against it just as well."""

from collections.abc import Iterator

import pytest

from tests.benchmark.inline_stack import run_inline
from tests.compat.test_model_page_sample import (
    test_an_error_is_a_text_that_says_what_is_wrong,
    test_it_reads_json_and_finds_its_picture,
    test_it_works_on_the_apis_own_host_too,
    test_with_base64_the_picture_is_in_the_answer,
)
from tests.running import Running

__all__ = [
    "test_an_error_is_a_text_that_says_what_is_wrong",
    "test_it_reads_json_and_finds_its_picture",
    "test_it_works_on_the_apis_own_host_too",
    "test_with_base64_the_picture_is_in_the_answer",
]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The baseline, in place of the local stack."""
    with run_inline(latency_s=0.3) as baseline:
        yield baseline
