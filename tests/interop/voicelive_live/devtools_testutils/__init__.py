"""What the tests of azure-ai-voicelive need of a package that is not published: the endpoint and the key, handed to
each test as arguments. Nothing is recorded here, and nothing is played back."""

import functools

import pytest


def is_live():
    return True


@pytest.fixture(scope="session")
def test_proxy():
    return None


class AzureRecordedTestCase:
    pass


class EnvironmentVariableLoader:
    def __init__(self, _directory, **values):
        self.values = values

    def __call__(self, test):
        @functools.wraps(test)
        async def with_values(*args, **kwargs):
            return await test(*args, **kwargs, **self.values)

        return with_values


def recorded_by_proxy(test):
    return test
