from tokenworks.serving.server.errors import ApiError, engine_stopped, overloaded, shutting_down


def test_the_object_is_openais():
    error = ApiError("no", param="seed", code="x")
    assert error.status == 400
    wanted = {"message": "no", "type": "invalid_request_error", "param": "seed", "code": "x"}
    assert error.body == {"error": wanted}
    assert error.headers == {}


def test_what_is_the_servers_fault_says_so():
    for error in (overloaded("limit"), shutting_down(), engine_stopped()):
        assert error.status >= 500
        assert error.body["error"]["type"] == "server_error"
    assert overloaded("limit").headers == {"retry-after": "1"}
    assert shutting_down().headers == {"retry-after": "5"}
