"""Whatever a repository for torch.hub and its archive hold, reading them ends, and in our own words."""

from __future__ import annotations

import io

from tests.fakes.github import archive
from tests.property.attempts import attempt
from tests.property.mutations import mutated

from weighbridge.formats.hub_entry import examine
from weighbridge.sources._archive import Archive, open_archive

MUTANTS = 1_500
HUBCONF = b"""from torch.hub import load_state_dict_from_url as load
from a.b import *
urls = {'x': 'https://h/a.pth', **{'y': f"https://h/{'b'}.pth"}}
urls['z'] = 'https://{}/c.pth'.format('h')
class W(E):
    V = E(url='https://h/d.pth')
def name(x, *, n=1): return x.replace('_', '')[:4] + str(n)
def net(p=True, u='https://h/e.pth', **more):
    load(urls['x']); load(u); load(W.V.url)
    load('https://h/' + name('f', **more) if p else urls.get(p))
    return [load(i) for i in urls], lambda: part(**more)
def part(*a, w=W.V, **more):
    global urls
    load(url=w.url, file_name='n')
"""


def test_mutants_of_code_are_followed_to_an_end() -> None:
    resolved = 0
    for data in mutated([HUBCONF], MUTANTS):
        found = examine({"hubconf.py": data, "a/b.py": HUBCONF}.get, "net")
        resolved += bool(found.weights)
        assert all(url.startswith(("https://", "http://")) for url, _ in found.weights)
        assert all(place.rpartition(":")[2].isdigit() for place in found.unresolved)
    assert resolved > MUTANTS // 50


def test_mutants_of_an_archive_are_taken_whole_or_refused() -> None:
    files = {"hubconf.py": HUBCONF, "a/b.py": b"x" * 400, "run.sh": b""}
    whole = archive("org/net", "5" * 40, files, frozenset({"run.sh"}))
    taken = 0
    for data in mutated([whole], MUTANTS):
        found = attempt(lambda data=data: open_archive(io.BytesIO(data), len(data)))  # type: ignore[misc]
        if isinstance(found, Archive):
            taken += 1
            assert all(b"".join(found.read(path)) in files.values() for path in found.files)
    assert taken
