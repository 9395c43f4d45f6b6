"""A subscriber: says what happened to tasks, once for each event, and never an older state of a task after a newer.

On this machine:   outflow events tail --json | python3 subscriber/subscriber.py
In AWS:            a Lambda function (Python 3.10 or later) with the handler subscriber.handler, fed by the queue of
                   terraform/main.tf with ReportBatchItemFailures.

An event may come more than once, and events of one task in any order. What has been seen is kept in memory here, so
that a new process begins anew: where acting twice does harm, keep it where it lasts.
"""

import json
import sys

SOURCE = "com.example.PROJECT"


class Subscriber:
    def __init__(self, say=print):
        self.say = say
        self.seen = set()  # ids of events: the same change has the same id, however often it comes
        self.newest = {}  # itemVersion by task; compared as text

    def take(self, event):
        """Acts on one event, as EventBridge delivers it. What it raises has the event come again."""
        if event["source"] != SOURCE:
            return
        metadata = event["detail"]["metadata"]
        if metadata["id"] in self.seen:
            return
        self.act(event["detail-type"], metadata, event["detail"])
        self.seen.add(metadata["id"])

    def act(self, name, metadata, detail):
        if "claim" in metadata:  # the detail was too large for the bus
            claim = metadata["claim"]
            self.say(f"{name} {metadata['key']['task_id']}: its data is in s3://{claim['bucket']}/{claim['key']}")
            return
        task = metadata["key"]["task_id"]
        if metadata["itemVersion"] < self.newest.get(task, ""):
            return  # something newer about this task has been said already
        self.newest[task] = metadata["itemVersion"]
        by = metadata["actor"] or "nobody known"
        self.say(f"{name} {task} by {by}: {json.dumps(detail['data'], sort_keys=True)}")


subscriber = Subscriber()


def handler(batch, _context):
    """Takes a batch of the queue; only what failed comes again."""
    failed = []
    for message in batch["Records"]:
        try:
            subscriber.take(json.loads(message["body"]))
        except Exception as fault:  # pylint: disable=broad-except
            print(f"message {message['messageId']}: {fault!r}", file=sys.stderr)
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


if __name__ == "__main__":
    for line in sys.stdin:
        subscriber.take(json.loads(line))
        sys.stdout.flush()
