"""Parses pages as the HTML standard says, and fails at the first error. Looks also at what readers by ear need."""
import sys
import xml.etree.ElementTree as tree

import html5lib

for name in sys.argv[1:]:
    with open(name, "rb") as page:
        root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page, transport_encoding="utf-8")
    root = root.getroot() if isinstance(root, tree.ElementTree) else root
    assert root.get("lang") == "en"
    assert root.find("head/title").text
    for table in root.iter("table"):
        assert table.find("caption").text, tree.tostring(table)
        for row in table.iter("tr"):
            heads = row.findall("th")
            assert heads and all(h.get("scope") in ("row", "col") for h in heads), tree.tostring(row)
            width = len(list(row))
            assert width == len(list(next(table.iter("tr")))), tree.tostring(table)
    for element in root.iter():
        assert element.tag not in ("script", "link", "img", "iframe"), element.tag
        assert not any(a.startswith("on") or a in ("src", "href") for a in element.keys()), element.keys()
    print("valid", len(list(root.iter("tr"))), "rows")
