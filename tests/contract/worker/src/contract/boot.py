"""How Python was started."""

import os
import sys
import time

import _cloudflare_compat_flags
import _pyodide_entrypoint_helper
import pyodide_js
from pyodide.ffi import JsException, run_sync
from workers import WorkerEntrypoint, fetch

from contract import at_import


class Boot(WorkerEntrypoint):
    async def versions(self):
        return {"python": sys.version.split()[0], "pyodide": pyodide_js.version, "platform": sys.platform}

    async def search_path(self):
        return list(sys.path)

    async def origins(self):
        import calendar

        import msgspec
        import workers

        return {module.__name__: module.__file__ for module in (calendar, msgspec, workers)}

    async def clashes(self):
        import calendar

        import msgspec

        return {"calendar": hasattr(calendar, "MARK"), "msgspec": hasattr(msgspec, "MARK")}

    async def helper(self):
        names = ["doAnImport", "cloudflareWorkersModule", "cloudflareSocketsModule", "patchWaitUntil"]
        return {name: hasattr(_pyodide_entrypoint_helper, name) for name in names}

    async def compat_flags(self):
        flags = ["python_workflows_implicit_dependencies", "python_request_headers_preserve_commas"]
        return {flag: getattr(_cloudflare_compat_flags, flag) for flag in flags}

    async def load_package(self):
        try:
            await pyodide_js.loadPackage("numpy")
        except JsException as error:
            return error.message
        return "loaded"

    async def pth_processed(self):
        return "_workers_sdk_patch_loader" in sys.modules

    async def hash_seed(self):
        return os.environ["PYTHONHASHSEED"]

    async def main_imports(self):
        return at_import.MAIN_IMPORTS

    async def entropy_at_import(self):
        return [at_import.OS_URANDOM, at_import.SECRETS]

    async def outside_at_import(self):
        return [at_import.FETCH, at_import.RANDOM_UUID]

    async def javascript_object_at_import(self):
        return str(at_import.JS_OBJECT)

    async def has_unsafe_eval(self):
        return hasattr(self.env, "UNSAFE_EVAL")

    async def text_of(self, url):
        return await (await fetch(url)).text()

    async def entropy_now(self):
        return len(os.urandom(8))

    async def run_sync(self):
        async def text():
            await self.env.KV.put("run_sync", "waited")
            return await self.env.KV.get("run_sync")

        return run_sync(text())

    async def variables(self):
        names = ["ENV", "A_SECRET", "OVERRIDDEN"]
        return {name: getattr(self.env, name) for name in names} | {"json": repr(self.env.SETTINGS.to_py())}

    async def clock_runs(self):
        before = time.time()
        sum(range(1_000_000))
        return time.time() > before

    async def allocate(self, megabytes):
        return len(bytes(megabytes * 1024 * 1024)) // 1024 // 1024

    async def compute(self, seconds):
        end = time.time() + seconds
        while time.time() < end:
            sum(range(1000))

    async def start_thread(self):
        import threading

        try:
            threading.Thread(target=print).start()
        except RuntimeError as error:
            return str(error)
        return "started"
