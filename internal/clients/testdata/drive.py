"""The story of one order, told by boto3 to a running local pipeline: python drive.py dev.json

Whatever is not as on AWS ends it with an AssertionError.
"""

import contextlib
import gzip
import http.server
import json
import queue
import sys
import threading
import time

import boto3
from botocore.exceptions import ClientError

PATIENCE = 60  # seconds until something that must come is given up


def main(file):
    with open(file, encoding="utf-8") as content:
        target = json.load(content)
    with subscriber() as (address, received):
        Story(target, address, received).tell()
    print("all as on AWS")


@contextlib.contextmanager
def subscriber():
    """An HTTP endpoint on this machine, with the queue of events that it gets."""
    received = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/events", received
    finally:
        server.shutdown()


@contextlib.contextmanager
def refused(error, *says):
    """Requires that the block fails with the client's typed exception, or with the code of one, and says so."""
    try:
        yield
    except ClientError as fault:
        code, message = fault.response["Error"]["Code"], fault.response["Error"]["Message"]
        assert code == error if isinstance(error, str) else isinstance(fault, error), repr(fault)
        for text in says:
            assert text in message, f"{text!r} is not in {message!r}"
    else:
        raise AssertionError(f"{error} was expected")


def equal(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


class Story:
    def __init__(self, target, address, received):
        self.target, self.address, self.received = target, address, received
        self.bus = target["bus"]

        def client(service, endpoint):
            return boto3.client(
                service,
                endpoint_url=target[endpoint],
                region_name=target["region"],
                aws_access_key_id=target["accessKeyId"],
                aws_secret_access_key=target["secretAccessKey"],
            )

        self.events, self.items, self.objects = client("events", "events"), client("dynamodb", "dynamodb"), client("s3", "s3")

    def tell(self):
        self.subscribe()
        self.describe()
        self.place()
        self.announce()
        self.refusals()
        self.audit()
        self.leave()

    def subscribe(self):
        pattern = json.dumps({"source": ["com.example.shop"], "detail-type": [{"anything-but": {"prefix": "User"}}]})
        made = self.events.put_rule(Name="orders", EventBusName=self.bus, EventPattern=pattern, Description="of the story")
        equal(made["RuleArn"].split(":rule/")[1], f"{self.bus}/orders")
        answer = self.events.put_targets(
            Rule="orders",
            EventBusName=self.bus,
            Targets=[
                {"Id": "url", "Arn": self.address, "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60}},
                {"Id": "nowhere", "Arn": "arn:aws:lambda:us-east-1:000000000000:function:none"},
            ],
        )
        equal(answer["FailedEntryCount"], 1)
        equal(answer["FailedEntries"][0]["TargetId"], "nowhere")
        equal(answer["FailedEntries"][0]["ErrorCode"], "ResourceNotFoundException")

    def describe(self):
        rule = self.events.describe_rule(Name="orders", EventBusName=self.bus)
        equal((rule["State"], rule["Description"], rule["EventBusName"]), ("ENABLED", "of the story", self.bus))
        self.events.disable_rule(Name="orders", EventBusName=self.bus)
        equal(self.events.list_rules(EventBusName=self.bus)["Rules"][0]["State"], "DISABLED")
        self.events.enable_rule(Name="orders", EventBusName=self.bus)
        targets = self.events.list_targets_by_rule(Rule="orders", EventBusName=self.bus)["Targets"]
        equal([t["Id"] for t in targets], ["url"])
        equal(self.events.create_event_bus(Name="story")["EventBusArn"].split("/")[1], "story")
        names = {b["Name"] for b in self.events.list_event_buses()["EventBuses"]}
        assert {"default", "story", self.bus} <= names, names
        assert self.events.describe_event_bus(Name="story")["CreationTime"].year > 2000

    def place(self):
        """An order in the table is an event at the subscriber."""
        order = {
            "PK": {"S": "ORDER#boto"}, "SK": {"S": "METADATA"}, "GSI1PK": {"S": "STATUS#NEW"}, "GSI1SK": {"S": "2026-11-21T10:00:00Z"},
            "user_id": {"S": "u1"}, "status": {"S": "NEW"}, "total": {"N": "12.50"}, "created_at": {"S": "2026-11-21T10:00:00Z"},
        }
        self.items.put_item(TableName=self.target["table"], Item=order)
        stored = self.items.get_item(TableName=self.target["table"], Key={"PK": order["PK"], "SK": order["SK"]}, ConsistentRead=True)
        equal(stored["Item"]["total"], {"N": "12.5"})
        event = self.next()
        equal((event["source"], event["detail-type"]), ("com.example.shop", "OrderPlaced"))
        equal(event["detail"]["data"], {"user_id": "u1", "total": "12.5"})
        equal(event["detail"]["metadata"]["key"], {"order_id": "boto"})

    def next(self):
        return self.received.get(timeout=PATIENCE)

    def announce(self):
        """Of several entries those that are right are accepted, in the order of the request."""
        def entry(**changed):
            return {"Source": "com.example.shop", "DetailType": "Told", "Detail": '{"n": 1}', "EventBusName": self.bus, **changed}

        answer = self.events.put_events(Entries=[
            entry(), entry(Source="aws.shop"), entry(Detail="[1]"), entry(Detail="{"), entry(DetailType=""), entry(EventBusName="none"),
            entry(DetailType="x" * 129), entry(Detail='{"n": 2}', Time=1.7e9, Resources=["arn:a"]),
        ])
        equal(answer["FailedEntryCount"], 6)
        equal([e.get("ErrorCode") for e in answer["Entries"]], [
            None, "NotAuthorizedForSourceException", "MalformedDetail", "MalformedDetail", "InvalidArgument", "ResourceNotFoundException",
            "InvalidArgument", None,
        ])
        equal(answer["Entries"][2]["ErrorMessage"], "Detail is malformed.")
        equal(answer["Entries"][4]["ErrorMessage"], "Parameter DetailType is not valid. Reason: DetailType is a required argument.")
        got = sorted((self.next() for _ in range(2)), key=lambda e: e["detail"]["n"])
        equal([e["id"] for e in got], [answer["Entries"][0]["EventId"], answer["Entries"][7]["EventId"]])
        equal((got[1]["time"], got[1]["resources"]), ("2023-11-14T22:13:20Z", ["arn:a"]))
        with refused("ValidationException", "Total size of the entries in the request is over the limit."):
            self.events.put_events(Entries=[entry(Detail=json.dumps({"x": "x" * 300_000}))])
        with refused("ValidationException", "Member must have length less than or equal to 10"):
            self.events.put_events(Entries=[entry()] * 11)

    def refusals(self):
        """What is refused is so by the client's own exceptions."""
        known = self.events.exceptions
        with refused(known.ResourceNotFoundException, "Rule none does not exist on EventBus default."):
            self.events.describe_rule(Name="none")
        with refused(known.ResourceNotFoundException, "Event bus none does not exist."):
            self.events.put_rule(Name="r", EventBusName="none", EventPattern='{"source": ["a"]}')
        with refused(known.InvalidEventPatternException, "Event pattern is not valid. Reason: "):
            self.events.put_rule(Name="r", EventPattern='{"source": [{"prefix": 1}]}')
        with refused(known.InvalidEventPatternException):
            self.events.test_event_pattern(EventPattern="{", Event="{}")
        with refused("ValidationException", "Parameter Event is not valid."):
            self.events.test_event_pattern(EventPattern='{"source": ["a"]}', Event='{"id": "1"}')
        with refused(known.ResourceAlreadyExistsException, "Event bus story already exists."):
            self.events.create_event_bus(Name="story")
        with refused("ValidationException", "Value 'a b' at 'name'", "Member must satisfy regular expression pattern: "):
            self.events.put_rule(Name="a b", EventPattern='{"source": ["a"]}')
        with refused("ValidationException", "Rule can't be deleted since it has targets."):
            self.events.delete_rule(Name="orders", EventBusName=self.bus)
        with refused(known.LimitExceededException, "The requested resource exceeds the maximum number allowed."):
            targets = [{"Id": str(n), "Arn": self.address} for n in range(6)]
            self.events.put_targets(Rule="orders", EventBusName=self.bus, Targets=targets)
        with refused("ValidationException", "Only one of Input, InputPath, or InputTransformer must be provided for target t."):
            both = {"Id": "t", "Arn": self.address, "Input": "1", "InputPath": "$.detail"}
            self.events.put_targets(Rule="orders", EventBusName=self.bus, Targets=[both])
        with refused("ValidationException", "does not support Tags"):
            self.events.put_rule(Name="r", EventPattern='{"source": ["a"]}', Tags=[{"Key": "a", "Value": "b"}])
        with refused(self.items.exceptions.ConditionalCheckFailedException):
            self.items.put_item(
                TableName=self.target["table"], Item={"PK": {"S": "ORDER#boto"}, "SK": {"S": "METADATA"}},
                ConditionExpression="attribute_not_exists(PK)",
            )
        with refused(self.objects.exceptions.NoSuchKey):
            self.objects.get_object(Bucket=self.target["auditBucket"], Key="none")

    def audit(self):
        """The order's line is in a segment of the log, which its object lock protects."""
        bucket = self.target["auditBucket"]
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for page in self.objects.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="audit/v1/"):
                for found in page.get("Contents", []):
                    if self.holds_order(bucket, found["Key"]):
                        return
            time.sleep(0.2)
        raise AssertionError("the order is in no segment of the audit log")

    def holds_order(self, bucket, key):
        stored = self.objects.get_object(Bucket=bucket, Key=key)
        lines = [json.loads(line) for line in gzip.decompress(stored["Body"].read()).splitlines()]
        mine = [line for line in lines if line["keys"]["PK"] == {"S": "ORDER#boto"}]
        for line in mine:
            equal((line["op"], line["new"]["total"]), ("insert", {"N": "12.5"}))
            equal(self.objects.get_object_retention(Bucket=bucket, Key=key)["Retention"]["Mode"], "GOVERNANCE")
        return bool(mine)

    def leave(self):
        answer = self.events.remove_targets(Rule="orders", EventBusName=self.bus, Ids=["url"])
        equal(answer["FailedEntryCount"], 0)
        self.events.delete_rule(Name="orders", EventBusName=self.bus)
        self.events.delete_rule(Name="orders", EventBusName=self.bus)  # as on AWS no fault
        self.events.delete_event_bus(Name="story")
        with refused(self.events.exceptions.ResourceNotFoundException):
            self.events.describe_event_bus(Name="story")


main(sys.argv[1])
