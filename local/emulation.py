"""The emulator, run by the Python of its own environment, with what it lacks for our template.

AWS takes from an API's OpenAPI document a method that stands for all methods, and the answers
that API Gateway gives by itself; it takes a parameter of type Number where a number is wanted; and
it lets a role send mail in the name of one address alone. This version of the emulator does none of
it, so here it is taught to, and the template stays as AWS wants it.
"""

import json
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from ministack.app import main
from ministack.core import iam_actions
from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

ANY_METHOD = "x-amazon-apigateway-any-method"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"

import_api = apigateway_v1._import_rest_api
import_path = apigateway_v1._import_path_item
mail_resource = iam_actions._ses_v2_resource_arn
create_event_source = provisioners._RESOURCE_HANDLERS[EVENT_SOURCE]["create"]


def import_path_with_any(api_id: str, path: str, methods: Mapping[str, Any], *rest: Any) -> None:
    """Import a path whose methods may be one that stands for all."""
    named = {"any" if method == ANY_METHOD else method: how for method, how in methods.items()}
    import_path(api_id, path, named, *rest)


def import_api_with_responses(document: Mapping[str, Any], *rest: Any) -> str:
    """Import an API and the answers that it gives by itself."""
    api_id: str = import_api(document, *rest)
    for kind, response in document.get(GATEWAY_RESPONSES, {}).items():
        apigateway_v1._put_gateway_response(api_id, kind, response)
    return api_id


def create_event_source_of_numbers(name: str, properties: Mapping[str, Any], *rest: Any) -> Any:
    """Connect a queue to a function, with a number as the number of its calls at a time."""
    scaling = {key: int(value) for key, value in properties.get("ScalingConfig", {}).items()}
    return create_event_source(name, {**properties, "ScalingConfig": scaling}, *rest)


def mail_resource_of_sender(method: str, path: str, body: bytes, region: str, account: str) -> str:
    """What a call of SES is about, for policies: where it sends mail, the sender's identity."""
    if path != "/v2/email/outbound-emails":
        resource: str = mail_resource(method, path, body, region, account)
        return resource
    _, sender = parseaddr(json.loads(body).get("FromEmailAddress", ""))
    return f"arn:aws:ses:{region}:{account}:identity/{sender}"


apigateway_v1._OPENAPI_HTTP_METHODS.add("any")
apigateway_v1._import_path_item = import_path_with_any
apigateway_v1._import_rest_api = import_api_with_responses
iam_actions._ses_v2_resource_arn = mail_resource_of_sender
provisioners._RESOURCE_HANDLERS[EVENT_SOURCE]["create"] = create_event_source_of_numbers

if __name__ == "__main__":
    main()
