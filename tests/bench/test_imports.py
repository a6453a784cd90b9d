import io

from bench.imports import sizes, wordpress
from service.importers.incoming_comments import IncomingComment
from service.importers.source_file import Source
from service.importers.wordpress import read


def test_the_export_that_is_measured_has_its_comments() -> None:
    data = "".join(wordpress(2_000)).encode()
    found = [each for each in read(Source(io.BytesIO(data))) if isinstance(each, IncomingComment)]
    assert len(found) == sum(count for count, _ in sizes(2_000)) == 2_000
    pages = {each.page.path for each in found}
    assert len(pages) == len(sizes(2_000))
    assert found[599].parent == "599"
