"""How Python is started in an isolate. Numbers in the names of these tests are those of docs/platform.md."""

import pytest

from .conftest import Host, Refused

STDLIB = ["/lib/python314.zip", "/lib/python3.14", "/lib/python3.14/lib-dynload"]
MODULES = "/session/metadata/python_modules"


def test_python_and_pyodide_have_the_versions_of_production(host: Host) -> None:
    versions = host.rpc("Boot", "versions")
    assert versions["python"].startswith("3.14."), versions
    assert (versions["pyodide"], versions["platform"]) == ("314.0.6", "emscripten")


def test_1_the_sdk_finds_the_helper_module(host: Host) -> None:
    assert all(host.rpc("Boot", "helper").values())


def test_1_the_sdk_finds_the_compatibility_flags_of_our_date(host: Host) -> None:
    assert all(host.rpc("Boot", "compat_flags").values())


def test_1_packages_cannot_be_loaded_at_run_time(host: Host) -> None:
    assert "requirements.lock" in host.rpc("Boot", "load_package")


def test_2_packages_come_before_site_packages_and_own_files_last(host: Host) -> None:
    path = host.rpc("Boot", "search_path")
    site_packages = "/lib/python3.14/site-packages"
    assert [p for p in path if p not in STDLIB] == [
        MODULES,
        site_packages,
        "/session/metadata",
        "/session/lib/python3.14/site-packages",
    ]
    assert path[0] == "/lib/python314.zip"


def test_2_an_own_file_does_not_hide_the_standard_library_or_a_package(host: Host) -> None:
    assert host.rpc("Boot", "clashes") == {"calendar": False, "msgspec": False}


def test_2_modules_tell_the_paths_of_production(host: Host) -> None:
    origins = host.rpc("Boot", "origins")
    assert origins["calendar"].startswith("/lib/python314.zip/calendar.py")
    assert origins["msgspec"] == f"{MODULES}/msgspec/__init__.py"
    assert origins["workers"] == f"{MODULES}/workers/__init__.py"


def test_2_the_pth_files_of_packages_are_processed(host: Host) -> None:
    assert host.rpc("Boot", "pth_processed")


def test_3_the_main_module_is_imported_once(host: Host) -> None:
    assert [host.rpc("Boot", "main_imports") for _ in range(2)] == [1, 1]


def test_3_a_class_that_reading_cannot_see_is_a_clear_error_of_every_request(host: Host) -> None:
    for _ in range(2):
        with pytest.raises(
            Refused, match=r"workerEntrypoints Dynamic: running gives \(answer\), reading gives \(no such class\)"
        ):
            host.rpc("Default", "anything", worker="broken")


def test_7_randomness_is_refused_at_import_and_allowed_afterwards(host: Host) -> None:
    for outcome in host.rpc("Boot", "entropy_at_import"):
        assert outcome.startswith("OSError 29: Randomness is not allowed"), outcome
    assert host.rpc("Boot", "entropy_now") == 8


def test_7_the_outside_is_refused_at_import(host: Host) -> None:
    for outcome in host.rpc("Boot", "outside_at_import"):
        assert outcome.startswith("Disallowed operation called within global scope"), outcome


def test_11_python_can_wait_synchronously_inside_a_call(host: Host) -> None:
    assert host.rpc("Boot", "run_sync") == "waited"


def test_hash_seeds_are_those_of_production(host: Host) -> None:
    assert host.rpc("Boot", "hash_seed") == "111"


def test_threads_do_not_exist(host: Host) -> None:
    assert host.rpc("Boot", "start_thread") == "can't start new thread"


def test_variables_and_secrets_are_text_and_json_variables_are_raw(host: Host) -> None:
    assert host.rpc("Boot", "variables") == {
        "ENV": "local",
        "A_SECRET": "not-a-secret",
        "OVERRIDDEN": "by the settings",
        "json": "{'nested': jsnull}",
    }


def test_stats_tell_the_cost_of_imports_and_the_size_of_the_process(host: Host) -> None:
    stats = host.stats()
    assert set(stats["import_ms"]) == {"worker", "peer"}
    assert stats["rss_kb"] > 50_000
    assert stats["cpu_ms"] > 0
