// Runs the landing page's script as a browser would, with as little of a browser as it touches.
// Usage: node landing_visitor.mjs PAGE.html '{"path", "hash", "fields": {id: value}, "press", "answer": {"ok", "body"}}'
import fs from "node:fs";
import vm from "node:vm";

const [file, visitText] = process.argv.slice(2);
const visit = JSON.parse(visitText);
const html = fs.readFileSync(file, "utf8");
const script = /<script>(.*?)<\/script>/s.exec(html)[1];
const elements = Object.fromEntries([...html.matchAll(/<[^>]* id="(\w+)"([^>]*)>/g)].map(([, id, rest]) => [id, {
  hidden: / hidden/.test(rest), textContent: "", value: visit.fields?.[id] ?? "", listeners: {},
  addEventListener(name, listener) { this.listeners[name] = listener; }
}]));
const location = { hash: visit.hash ?? "", pathname: visit.path };
const seen = { addresses: [], requests: [] };
const page = {
  document: { getElementById: (id) => elements[id], title: "" }, location, URLSearchParams, Object, JSON,
  history: { replaceState: (state, title, address) => { seen.addresses.push(address); location.hash = ""; } },
  fetch: async (path, { method, headers, body }) => {
    seen.requests.push({ path, method, headers, body: JSON.parse(body) });
    if (!visit.answer) throw new Error("no network");
    return { ok: visit.answer.ok, json: async () => visit.answer.body };
  }
};
vm.runInNewContext(script, page);
if (visit.press) await elements.form.listeners.submit({ preventDefault: () => { seen.prevented = true; } });
const shown = Object.entries(elements).filter(([, one]) => !one.hidden).map(([id]) => id);
console.log(JSON.stringify({ ...seen, shown, said: elements.said.textContent, title: page.document.title }));
