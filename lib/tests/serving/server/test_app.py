"""The routes that tell how the server is doing, and what it says to what is not there."""

import json

import pytest
from sites import COMPLETIONS


def test_health_models_and_metrics(echo):
    here = echo
    assert here.get("/health") == (200, "")
    models = json.loads(here.get("/v1/models")[1])["data"]
    assert [(model["id"], model["max_model_len"]) for model in models] == [("scripted", 200)]
    assert json.loads(here.get("/v1/models/scripted")[1]) == models[0]
    assert here.get("/v1/models/gpt-4")[0] == 404
    status, text = here.get("/metrics")
    assert status == 200
    assert 'vllm:num_requests_running{engine="0",model_name="scripted"} 0.0' in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", COMPLETIONS, 405), ("POST", "/v1/nothing", 404), ("POST", "/health", 405)],
)
def test_what_is_not_there_is_said_in_openais_shape(echo, method, path, *, status):
    with echo.send(path, method=method) as response:
        assert response.status == status
        assert json.loads(response.read())["error"]["type"] == "invalid_request_error"
