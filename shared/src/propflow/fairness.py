"""What is due, tenant by tenant: parts of statements for work that all tenants share.

A list of what has waited longest is one tenant's alone when that tenant has enough of it. So each tenant's own list is
looked into, by a partial index that begins with the tenant: one seek for each tenant who has anything there.
"""


def holders(table: str, index: str, where: str) -> str:
    """The table `holders`, for `WITH RECURSIVE`: the tenants who have rows in a partial index of `table` by tenant.

    `where` is the index's condition. The last row is null.
    """
    return f"""holders (tenant_id) AS (
  SELECT min(tenant_id) FROM {table} INDEXED BY {index} WHERE {where}
  UNION ALL
  SELECT (SELECT min(n.tenant_id) FROM {table} AS n INDEXED BY {index}
    WHERE {where} AND n.tenant_id > holders.tenant_id)
  FROM holders WHERE holders.tenant_id IS NOT NULL
)"""


def each(most: str, of: str, least: int) -> str:
    """How many rows of each tenant of the table `of` are looked at, `most` of all together, `least` at least."""
    return f"(SELECT CAST(max({least}, {most} / max(1, count(*))) AS INTEGER) FROM {of})"
