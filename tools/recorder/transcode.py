"""Reads recorded OTLP bodies. Runs in a client's environment, which has the OTLP messages; the recorder itself needs only Python.

transcode.py rewrite SIGNAL FILE RULES   replaces text in every string of the body, in place; says whether it did
transcode.py json SIGNAL FILE            prints the body as OTLP/JSON
transcode.py protobuf SIGNAL FILE TO     writes a body that came as OTLP/JSON as protobuf
transcode.py usage SIGNAL FILE           prints one line a span or record with whatever speaks of tokens
"""

import base64
import json
import sys
from pathlib import Path

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MESSAGES = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest}


def load(signal, path):
    message = MESSAGES[signal]()
    message.ParseFromString(Path(path).read_bytes())
    return message


def replace(message, rules):
    """Walks the decoded message, so that lengths stay right: a replacement in the raw bytes would break them."""
    changed = False
    for field, value in message.ListFields():
        repeated = field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
        if field.type == field.TYPE_MESSAGE:
            for item in value if repeated else [value]:
                changed |= replace(item, rules)
        elif field.type == field.TYPE_STRING:
            old = list(value) if repeated else [value]
            new = [apply(text, rules) for text in old]
            if new != old:
                changed = True
                if repeated:
                    value[:] = new
                else:
                    setattr(message, field.name, new[0])
    return changed


def apply(text, rules):
    """A path is replaced wherever it stands; a host name only as a whole value, since a short one is a part of many ids."""
    for old, new in rules:
        if "/" in old:
            text = text.replace(old, new)
        elif text == old:
            text = new
    return text


def ids(value, convert):
    """OTLP/JSON wants ids in hex where the generic mapping has base64."""
    if isinstance(value, list):
        return [ids(v, convert) for v in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, item in value.items():
        is_id = key in ("traceId", "spanId", "parentSpanId") and isinstance(item, str)
        out[key] = convert(item) if is_id else ids(item, convert)
    return out


def to_hex(text):
    return base64.b64decode(text).hex()


def to_base64(text):
    return base64.b64encode(bytes.fromhex(text)).decode()


def to_protobuf(signal, path, target):
    value = ids(json.loads(Path(path).read_text()), to_base64)
    Path(target).write_bytes(ParseDict(value, MESSAGES[signal](), ignore_unknown_fields=True).SerializeToString())


def plain(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(v) for v in value.array_value.values]
    if kind == "kvlist_value":
        return {kv.key: plain(kv.value) for kv in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


TELLING = ("token", "usage", "kind", "operation", "model", "error", "response.id", "spanType", "cost", "finish", "provider", "system")


def usage(signal, message):
    groups = message.resource_spans if signal == "traces" else message.resource_logs
    for group in groups:
        for scope in group.scope_spans if signal == "traces" else group.scope_logs:
            for item in scope.spans if signal == "traces" else scope.log_records:
                attributes = {kv.key: plain(kv.value) for kv in item.attributes}
                shown = {k: str(v)[:90] for k, v in attributes.items() if any(t in k for t in TELLING) and "essage" not in k}
                name = item.name if signal == "traces" else item.event_name
                parent = item.parent_span_id.hex()[:4] if signal == "traces" else ""
                status = item.status.code if signal == "traces" else ""
                where = f"{item.span_id.hex()[:4]} <{parent} [{scope.scope.name}@{scope.scope.version}]"
                print(f"{where} {name} status={status} {json.dumps(shown)}")
                print("      other:", " ".join(k for k in attributes if k not in shown)[:400])
                if signal == "traces":
                    for event in item.events:
                        print("      event:", event.name, [kv.key for kv in event.attributes])
                elif item.body.WhichOneof("value"):
                    print("      body:", str(plain(item.body))[:300])


def main(command, signal, path, *rest):
    if command == "protobuf":
        return to_protobuf(signal, path, *rest)
    message = load(signal, path)
    if command == "rewrite":
        if replace(message, json.loads(rest[0])):
            Path(path).write_bytes(message.SerializeToString())
            print("rewritten")
    elif command == "json":
        print(json.dumps(ids(MessageToDict(message), to_hex), indent=1, ensure_ascii=False))
    else:
        usage(signal, message)


if __name__ == "__main__":
    main(*sys.argv[1:])
