"""What the model makes of recorded changes, and what the subscriber makes of that.

    python3 -m unittest discover tests

Needs outflow on the PATH, or its path in the environment variable OUTFLOW. changes.json holds records as Lambda gets
them from DynamoDB: add those of your own table.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import unittest

PROJECT_FOLDER = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_FOLDER / "subscriber"))

from subscriber import SOURCE, Subscriber  # noqa: E402  pylint: disable=wrong-import-position


def preview():
    command = [os.environ.get("OUTFLOW", "outflow"), "preview", "--json", "model.yaml", "changes.json"]
    done = subprocess.run(command, cwd=PROJECT_FOLDER, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


class ModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seen = preview()
        cls.rows = cls.seen["rows"]
        cls.details = [detail for row in cls.rows for detail in row["events"] or []]

    def test_changes_announce_what_the_model_says(self):
        names = [[detail["metadata"]["type"] for detail in row["events"] or []] for row in self.rows]
        self.assertEqual(names, [["TaskCreated"], ["TaskGrew"], [], ["TaskDone"], []])

    def test_the_document_is_the_task_with_its_comments(self):
        document = self.rows[2]["documents"][0]
        self.assertEqual((document["index"], document["id"]), ("tasks", "Task/t1"))
        self.assertEqual(document["after"]["effort"], "3.5")
        self.assertEqual([c["text"] for c in document["after"]["comments"]], ["The hinge is broken too"])
        self.assertEqual(self.rows[4]["documents"][0]["after"].get("comments", []), [])

    def test_nothing_personal_leaves(self):
        self.assertNotIn("ann@example.com", json.dumps([row["documents"] for row in self.rows]))
        self.assertNotIn("ann@example.com", json.dumps(self.details))

    def test_no_record_is_parked_and_the_same_records_change_nothing_again(self):
        self.assertEqual([row["parked"] for row in self.rows if row["parked"]], [])
        self.assertEqual(self.seen["again"]["documentsChanged"], 0)

    def test_the_subscriber_says_each_event_once(self):
        events = [{"source": SOURCE, "detail-type": d["metadata"]["type"], "detail": d} for d in self.details]
        said = []
        subscriber = Subscriber(said.append)
        for event in events + copy.deepcopy(events):
            subscriber.take(event)
        self.assertEqual([line.split(":")[0] for line in said],
                         ["TaskCreated t1 by ann", "TaskGrew t1 by bob", "TaskDone t1 by ann"])
        late = []
        Subscriber(late.append).take(events[-1])
        subscriber.take({**events[0], "detail": {**events[0]["detail"], "metadata": {**events[0]["detail"]["metadata"], "id": "new"}}})
        self.assertEqual((len(late), len(said)), (1, 3))


if __name__ == "__main__":
    unittest.main()
