"""A subscriber to the shop's events: it mails each customer once that an order is placed, and keeps the price of each
order as it is now. It listens for what a rule of outflow dev's bus posts to it; see ../README.md. In Lambda, give handle
what the function is invoked with, or the body of each SQS message.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).parents[2] / "events" / "python"))
import shop_events  # noqa: E402


def say(line: str) -> None:
    """Writes a line whole: print writes its end by itself, and events are handled side by side."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


TABLE = os.environ["HANDLED_TABLE"]
client = boto3.client("dynamodb")

# Once for each event: by the id in its metadata, never the envelope's, which a retry or replay changes.
store = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=client)
once = IdempotencyConfig(
    event_key_jmespath="metadata.id",
    raise_on_no_idempotency_key=True,
    expires_after_seconds=15 * 24 * 3600,  # more than a queue keeps a message
    response_hook=lambda id, _: say(f"again {id}"),
)


@idempotent_function(data_keyword_argument="order", config=once, persistence_store=store, key_prefix="python-mailer")
def mail(order: dict[str, Any]) -> str:
    user = order["data"].get("user_id", "nobody")
    say(f"mail to {user}: order {order['metadata']['key']['order_id']} is placed")
    return str(order["metadata"]["id"])


def keep_price(order: dict[str, Any]) -> bool:
    """The latest state is not a matter of idempotency but of versions: one conditional write, which keeps the state with
    the version it is of, so that a late event changes nothing."""
    try:
        client.update_item(
            TableName=TABLE,
            Key={"id": {"S": f"python-price/{order['metadata']['key']['order_id']}"}},
            UpdateExpression="SET #v = :v, #t = :t",
            ConditionExpression="attribute_not_exists(#v) OR #v < :v",
            ExpressionAttributeNames={"#v": "version", "#t": "total"},
            ExpressionAttributeValues={
                ":v": {"S": order["metadata"]["itemVersion"]},
                ":t": {"S": order["data"].get("total", "nobody")},
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def handle(event: dict[str, Any]) -> None:
    detail = event["detail"]
    metadata = detail["metadata"]
    if "claim" in metadata:  # whoever has large items fetches it from S3 here, and compares its SHA-256
        raise ValueError(f"the shop's events are never so large as {metadata['id']}")
    if shop_events.is_order_placed(event):
        mail(order=detail)
    elif shop_events.is_order_repriced(event):
        if keep_price(detail):
            say(f"order {metadata['key']['order_id']} costs {detail['data'].get('total', 'nobody')}")
        else:
            say(f"late {metadata['id']}")


class Posted(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        try:
            handle(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status = 200
        except Exception as error:  # whatever it is, the bus tries again
            say(f"failed: {error!r}")
            status = 503
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Posted)
    say(f"listening on http://127.0.0.1:{server.server_port}")
    server.serve_forever()
