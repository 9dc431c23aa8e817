"""The only place that touches JavaScript. Nothing outside sees a JsProxy or a camelCase name.

Calls go to the raw bindings and cross the boundary as text: measured on the real runtime, one booking commit costs
a third less CPU this way than through the SDK's converting wrappers, because each crossing is what costs.
"""
