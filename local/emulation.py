"""Run the emulator with patches for features of AWS that the template uses and it lacks.

The module runs with the Python of the emulator's own environment. AWS accepts a method for all
methods, and API Gateway's own answers, in an API's OpenAPI document; escaped binary media types; a
parameter of type Number where a number is required; a policy that limits the sender of mail; an
update of an API that has a fixed id; the lifecycle of a bucket; and a condition that joins a list.
And API Gateway compresses answers. The patches add these, so that the template remains as AWS
requires it. What SES does with mails is in `mailbox_simulator`. Two more patches save time: all
processes of functions read a layer where it was built, or where it was unpacked once; and a call
that logs nothing is not waited for.
"""

import gzip
import hashlib
import io
import json
import os
import select
import tempfile
import time
import zipfile
from collections.abc import Mapping
from email.utils import parseaddr
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from typing import Any

from ministack.app import main
from ministack.core import iam_actions, lambda_runtime
from ministack.services import apigateway_v1, lambda_svc, s3
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

ANY_METHOD = "x-amazon-apigateway-any-method"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
REST_API = "AWS::ApiGateway::RestApi"
BUCKET = "AWS::S3::Bucket"

# Place of the request's headers among the arguments that follow those of `invoke_and_compress`.
REQUEST_HEADERS = 5

# Seconds in which the log of a call is read, at most.
LOG_PATIENCE = 0.25

# Variable in which a function's process finds the directories of its layers.
LAYERS = "_LAMBDA_LAYERS_DIRS"

import_api = apigateway_v1._import_rest_api
import_path = apigateway_v1._import_path_item
invoke_proxy = apigateway_v1._invoke_lambda_proxy_v1
mail_resource = iam_actions._ses_v2_resource_arn
create_event_source = provisioners._RESOURCE_HANDLERS[EVENT_SOURCE]["create"]
create_api = provisioners._RESOURCE_HANDLERS[REST_API]["create"]
update_api = provisioners._RESOURCE_HANDLERS[REST_API]["update"]
create_bucket = provisioners._RESOURCE_HANDLERS[BUCKET]["create"]
evaluate_conditions = engine._evaluate_conditions
find_resource = iam_actions.extract_resource_arn
spawn_process = lambda_runtime.Worker._spawn
drain_log = lambda_runtime.Worker._drain_stderr_bounded
unpacking = Lock()


def import_path_with_any(api_id: str, path: str, methods: Mapping[str, Any], *rest: Any) -> None:
    """Import a path that may have one method for all methods."""
    named = {"any" if method == ANY_METHOD else method: how for method, how in methods.items()}
    import_path(api_id, path, named, *rest)


def import_api_with_responses(document: Mapping[str, Any], *rest: Any) -> str:
    """Import an API together with the answers that API Gateway gives itself."""
    api_id: str = import_api(document, *rest)
    import_responses(api_id, document)
    return api_id


def import_responses(api_id: str, document: Mapping[str, Any]) -> None:
    """Import the answers that API Gateway gives itself."""
    for kind, response in document.get(GATEWAY_RESPONSES, {}).items():
        apigateway_v1._put_gateway_response(api_id, kind, response)


def create_api_with_media_types(name: str, properties: Mapping[str, Any], *rest: Any) -> Any:
    """Create an API with its binary media types."""
    return create_api(name, with_media_types(properties), *rest)


def with_media_types(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of an API with a slash for the `~1` in its media types."""
    escaped = properties.get("BinaryMediaTypes") or []
    return {**properties, "BinaryMediaTypes": [name.replace("~1", "/") for name in escaped]}


def update_api_in_place(
    api_id: str, old: Mapping[str, Any], new: Mapping[str, Any], *rest: Any
) -> tuple[str, dict[str, str]]:
    """Import the changed document of an API into the same API, as CloudFormation does.

    The emulator makes a second API, which cannot have the id that the first one still has.
    """
    document = new["Body"]
    if document != old["Body"]:
        resources = apigateway_v1._resources[api_id]
        root = {key: resource for key, resource in resources.items() if resource["path"] == "/"}
        apigateway_v1._resources[api_id] = root
        for path, item in document["paths"].items():
            import_path_with_any(api_id, path, item)
        import_responses(api_id, document)
    before, after = with_media_types({**old, "Body": document}), with_media_types(new)
    made: tuple[str, dict[str, str]] = update_api(api_id, before, after, *rest)
    return made


def create_event_source_of_numbers(name: str, properties: Mapping[str, Any], *rest: Any) -> Any:
    """Create an event source mapping whose maximum concurrency is a number."""
    scaling = {key: int(value) for key, value in properties.get("ScalingConfig", {}).items()}
    return create_event_source(name, {**properties, "ScalingConfig": scaling}, *rest)


def create_bucket_with_lifecycle(name: str, properties: Mapping[str, Any], *rest: Any) -> Any:
    """Create a bucket together with the rules of its lifecycle."""
    bucket, attributes = create_bucket(name, properties, *rest)
    if rules := properties.get("LifecycleConfiguration", {}).get("Rules"):
        s3._bucket_lifecycle[bucket] = [lifecycle_rule(rule) for rule in rules]
    return bucket, attributes


def lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as S3 stores it; `rule` as a template has it."""
    stored: dict[str, Any] = {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        stored["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if abort := rule.get("AbortIncompleteMultipartUpload"):
        days = int(abort["DaysAfterInitiation"])
        stored["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return stored


async def invoke_and_compress(
    integration: Mapping[str, Any], api_id: str, *rest: Any, **more: Any
) -> tuple[int, dict[str, Any], bytes]:
    """Call a function, and compress its answer if the client and the API's settings allow it.

    API Gateway's developer guide, "Receive an API response with a compressed payload".
    """
    status, headers, body = await invoke_proxy(integration, api_id, *rest, **more)
    sent = rest[REQUEST_HEADERS]
    least = apigateway_v1._rest_apis[api_id].get("minimumCompressionSize")
    accepted = sent.get("accept-encoding", "").split(",")
    codings = [coding.partition(";")[0].strip() for coding in accepted]
    encoded = any(name.lower() == "content-encoding" for name in headers)
    if least is None or encoded or "gzip" not in codings or len(body) < int(least):
        return status, headers, body
    return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


def evaluate_conditions_with_joins(
    template: Mapping[str, Any], parameters: Mapping[str, Mapping[str, str]]
) -> dict[str, bool]:
    """Evaluate conditions in which Fn::Join makes a text of a parameter that is a list."""
    conditions = joined(template.get("Conditions", {}), parameters)
    found: dict[str, bool] = evaluate_conditions({**template, "Conditions": conditions}, parameters)
    return found


def joined(value: Any, parameters: Mapping[str, Mapping[str, str]]) -> Any:
    """Return `value`, a part of a template, with the text in place of each Fn::Join."""
    match value:
        case {"Fn::Join": [delimiter, {"Ref": name}]}:
            return delimiter.join(item.strip() for item in parameters[name]["Value"].split(","))
        case dict():
            return {key: joined(item, parameters) for key, item in value.items()}
        case list():
            return [joined(item, parameters) for item in value]
    return value


def mail_resource_of_sender(method: str, path: str, body: bytes, region: str, account: str) -> str:
    """Return the resource of an SES call for IAM; for sent mail, the sender's identity."""
    if path != "/v2/email/outbound-emails":
        resource: str = mail_resource(method, path, body, region, account)
        return resource
    _, sender = parseaddr(json.loads(body).get("FromEmailAddress", ""))
    return f"arn:aws:ses:{region}:{account}:identity/{sender}"


def spawn_with_shared_layers(worker: lambda_runtime.Worker) -> None:
    """Start a process of a function, which reads its layers where all processes do.

    The emulator unpacks each layer for each process, which takes longer than the process's start.
    """
    config = worker.config
    directories = [str(unpacked(layer)) for layer in config.get("Layers", [])]
    variables = config.get("Environment", {}).get("Variables", {})
    shared = {**variables, LAYERS: os.pathsep.join(directories)}
    worker.config = {**config, "Layers": [], "Environment": {"Variables": shared}}
    try:
        spawn_process(worker)
    finally:
        worker.config = config


def unpacked(layer: str | Mapping[str, Any]) -> Path:
    """Return the directory of a layer's content: of the build it is from, or unpacked once.

    To unpack 3,500 files takes two seconds.
    """
    content = lambda_svc._resolve_layer_zip(layer)
    name = f"layer-{hashlib.sha256(content).hexdigest()}"
    built = Path(os.environ["OPEN_EVENT_BUILD"], name).resolve()
    if built.is_dir():
        return built
    directory = Path(tempfile.gettempdir(), name)
    with unpacking:
        if not directory.exists():
            partial = directory.with_suffix(".partial")
            with zipfile.ZipFile(io.BytesIO(content)) as files:
                files.extractall(partial)
            partial.rename(directory)
    return directory


def drain_log_at_once(worker: lambda_runtime.Worker) -> str:
    """Return what a call has logged, which is all there when its answer is.

    The emulator waits 50 ms for a function that logs nothing, as the one that is polled does.
    """
    process = worker._proc
    if process is None:
        log: str = drain_log(worker)
        return log
    found: list[str] = []
    ends = time.monotonic() + LOG_PATIENCE
    while time.monotonic() < ends:
        unread, _, _ = select.select([process.stderr], [], [], 0)
        time.sleep(0.001)
        lines = worker._drain_stderr()
        if lines:
            found.append(lines)
        elif not unread:
            break
    return "\n".join(found)


def resource_of_call(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *rest: Any,
) -> str:
    """Return the resource of a call for IAM; for a rule of the default bus, without its bus.

    Service Authorization Reference, "Amazon EventBridge", rule-on-default-event-bus.
    """
    resource: str = find_resource(service, method, path, headers, body, *rest)
    if service != "events":
        return resource
    named = json.loads(body or b"{}")
    name = named.get("Name", named.get("Rule"))
    if name is None or "EventBusName" in named:
        return resource
    region, account = rest[-2:]
    return f"arn:aws:events:{region}:{account}:rule/{name}"


def load_simulator() -> None:
    """Patch SES by the module beside this one. Functions must find none of them on their path."""
    path = Path(__file__).with_name("mailbox_simulator.py")
    specification = spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ImportError(str(path))
    specification.loader.exec_module(module_from_spec(specification))


apigateway_v1._OPENAPI_HTTP_METHODS.add("any")
apigateway_v1._import_path_item = import_path_with_any
apigateway_v1._import_rest_api = import_api_with_responses
apigateway_v1._invoke_lambda_proxy_v1 = invoke_and_compress
lambda_runtime.Worker._spawn = spawn_with_shared_layers
lambda_runtime.Worker._drain_stderr_bounded = drain_log_at_once
iam_actions._ses_v2_resource_arn = mail_resource_of_sender
iam_actions.extract_resource_arn = resource_of_call
provisioners._RESOURCE_HANDLERS[EVENT_SOURCE]["create"] = create_event_source_of_numbers
provisioners._RESOURCE_HANDLERS[REST_API]["create"] = create_api_with_media_types
provisioners._RESOURCE_HANDLERS[REST_API]["update"] = update_api_in_place
provisioners._RESOURCE_HANDLERS[BUCKET]["create"] = create_bucket_with_lifecycle
for module in (changesets, engine, handlers, stacks):
    module._evaluate_conditions = evaluate_conditions_with_joins

load_simulator()

if __name__ == "__main__":
    main()
