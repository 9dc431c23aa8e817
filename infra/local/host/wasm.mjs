/**
 * workerd forbids compiling WebAssembly from bytes, which the `.so` files of wheels need. The binding UNSAFE_EVAL,
 * which exists in the local runtime only, allows it.
 */
import { env } from "cloudflare:workers";

const Module = WebAssembly.Module;
const instantiate = WebAssembly.instantiate;

export function allowCompiling() {
  // A Proxy, because the static methods of WebAssembly.Module must survive.
  WebAssembly.Module = new Proxy(Module, { construct: (_target, [bytes]) => env.UNSAFE_EVAL.newWasmModule(bytes) });
  WebAssembly.instantiate = async (source, imports) => {
    if (source instanceof Module) return instantiate.call(WebAssembly, source, imports);
    const module = env.UNSAFE_EVAL.newWasmModule(source);
    return { module, instance: new WebAssembly.Instance(module, imports) };
  };
}
