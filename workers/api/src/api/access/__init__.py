"""Who may do what: one table, which every route names a line of."""
