"""The demo's witness: looks at the emulators with boto3 and shares no code with the responder, not even its language.

It reads one JSON request a line from standard input and answers each with one JSON line. It talks straight to the
emulators, past the front door, so nothing that is logged, delayed or broken there touches what it sees. It never
changes a security group.
"""

import json
import sys
import threading
import time

import boto3

moto_url, ministack_url, region = sys.argv[1:]
place = {"region_name": region, "aws_access_key_id": "AKIALOCALWITNESS0000", "aws_secret_access_key": "local"}
ec2 = boto3.client("ec2", endpoint_url=moto_url, **place)
sqs = boto3.client("sqs", endpoint_url=ministack_url, **place)
sns = boto3.client("sns", endpoint_url=ministack_url, **place)

watches = {}
queues = []


def spelled(rule):
    """A rule in words: `tcp/22 from 0.0.0.0/0 "build agents" [team=build]`."""
    protocol, first, last = rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1)
    ports = "all traffic" if protocol == "-1" else f"{protocol}/{first}" + ("" if first == last else f"-{last}")
    text = f"{ports} from {rule.get('CidrIpv4') or rule.get('CidrIpv6') or rule.get('PrefixListId') or 'a group'}"
    if rule.get("Description"):
        text += f' "{rule["Description"]}"'
    tags = sorted(f"{tag['Key']}={tag['Value']}" for tag in rule.get("Tags", []))
    return text + (f" [{', '.join(tags)}]" if tags else "")


def rules(group):
    """The inbound rules of a group, each with its id and in words."""
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    inbound = [rule for page in pages for rule in page["SecurityGroupRules"] if not rule["IsEgress"]]
    seen = [{"id": rule["SecurityGroupRuleId"], "says": spelled(rule)} for rule in inbound]
    return sorted(seen, key=lambda rule: rule["says"])


def interfaces(host):
    """The interfaces of a host: the groups of each, and how many rules these have together, in both directions."""
    answer = ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [host]}])
    seen = []
    for one in answer["NetworkInterfaces"]:
        ids = sorted(group["GroupId"] for group in one["Groups"])
        groups = ec2.describe_security_groups(GroupIds=ids)["SecurityGroups"]
        count = sum(len(group["IpPermissions"]) + len(group["IpPermissionsEgress"]) for group in groups)
        seen.append({"id": one["NetworkInterfaceId"], "groups": ids, "rules": count})
    return sorted(seen, key=lambda one: one["id"])


class Watch(threading.Thread):
    """Looks at a group again and again, and notes when each rule was first there and when it was gone."""

    def __init__(self, group):
        super().__init__(daemon=True)
        self.group = group
        self.seen = {}
        self.error = None
        self.ready = threading.Event()
        self.over = threading.Event()

    def look(self):
        there = rules(self.group)
        now = time.time() * 1000
        for rule in there:
            self.seen.setdefault(rule["id"], {**rule, "opened": now, "closed": None})
        ids = {rule["id"] for rule in there}
        for one in self.seen.values():
            if one["closed"] is None and one["id"] not in ids:
                one["closed"] = now

    def run(self):
        try:
            while not self.over.is_set():
                self.look()
                self.ready.set()
                self.over.wait(0.004)
        except Exception as error:  # told to whoever asks what was seen
            self.error = error
            self.ready.set()


def watch(group):
    """Begins to watch a group; it has been looked at once when this answers."""
    watches[group] = Watch(group)
    watches[group].start()
    watches[group].ready.wait()


def seen(group):
    """Ends the watch of a group and tells what was seen, with one last look."""
    one = watches.pop(group)
    one.over.set()
    one.join()
    if one.error:
        raise one.error
    one.look()
    return list(one.seen.values())


def subscribe(topic):
    """Subscribes a new queue to the topic of the notices, as a ticket system would."""
    url = sqs.create_queue(QueueName=f"witness-{len(queues)}")["QueueUrl"]
    # The emulator names its public address, which is the front door.
    queue = ministack_url + "/" + url.split("/", 3)[3]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    queues.append(queue)


def notices():
    """The notices that have come since the last time."""
    came = []
    for queue in queues:
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                came.append({"subject": body.get("Subject"), "facts": json.loads(body["Message"])})
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return came


ASKED = {
    "rules": rules,
    "interfaces": interfaces,
    "watch": watch,
    "seen": seen,
    "subscribe": subscribe,
    "notices": notices,
}

if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"answer": ASKED[asked["ask"]](*asked["about"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": asked["id"], **answer}), flush=True)
