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


def turns(table: str, index: str, *, held: str, due: str, columns: str, acts: str = "") -> str:
    """The table `turns`, with `WITH RECURSIVE`: of `table` what is `due`, as `columns` (of `n`) and its `turn` among
    those of its tenant, by `next_attempt_at`. ?2 is how many are wanted; about ten times as many are looked at.

    `held` is the condition of the partial `index` by tenant and `next_attempt_at`; `acts` one on a tenant called `t`.
    """
    of_tenants, acting = (" CROSS JOIN tenants AS t ON t.id = holders.tenant_id", f"{acts} AND ") if acts else ("", "")
    return f"""
WITH RECURSIVE {holders(table, index, held)},
due AS MATERIALIZED (
  SELECT holders.tenant_id FROM holders{of_tenants}
  WHERE {acting}EXISTS (SELECT 1 FROM {table} INDEXED BY {index} WHERE tenant_id = holders.tenant_id AND {due})
), turns AS MATERIALIZED (
  SELECT {columns}, row_number() OVER (PARTITION BY n.tenant_id ORDER BY n.next_attempt_at, n.id) AS turn
  FROM due CROSS JOIN {table} AS n ON n.tenant_id = due.tenant_id AND n.id IN (
    SELECT id FROM {table} INDEXED BY {index} WHERE tenant_id = due.tenant_id AND {due}
    ORDER BY next_attempt_at LIMIT {each("10 * ?2", "due", 1)})
)"""
