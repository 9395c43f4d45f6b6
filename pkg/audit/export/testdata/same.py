"""Asks the lines and the Parquet file the same questions, and fails where the answers differ."""
import sys

import duckdb

lines, table = sys.argv[1:]
db = duckdb.connect()
db.execute(f"""create view lines as select op, seq, id, cause, "at"::timestamptz as "at", view->>'actor' as actor,
    view->>'actorEvidence' as evidence, new->'total'->>'N' as total, new->'status'->>'S' as status,
    new->'paid'->>'BOOL' as paid, new->'qty'->>'N' as qty, new->'created_at'->>'S' as created_at, new->'huge'->>'N' as huge,
    new->'tags'->'L' as tags, new->'blob'->>'B' as blob, coalesce(new, old)->'PK'->>'S' as pk, view->>'entity' as entity
    from read_json('{lines}', format = 'newline_delimited', columns = {{op: 'VARCHAR', seq: 'VARCHAR', id: 'VARCHAR',
      cause: 'VARCHAR', "at": 'VARCHAR', view: 'JSON', new: 'JSON', old: 'JSON'}})
    qualify row_number() over (partition by id order by id) = 1""")
db.execute(f"create view orders as select * from '{table}'")

same = [  # each asked of both
    ("select op, count(*) from {} {} group by op order by op",) * 2,
    ("select actor, evidence, count(*) from {} {} group by all order by all",) * 2,
    ('select epoch_us(min("at")), epoch_us(max("at")), count(distinct id), max(seq) from {} {}',) * 2,
    ("select status, sum(total::decimal(38,9)), min(total::decimal(38,9)), count(total) from {} {} group by status order by status",) * 2,
    ("select count(*) from {} {} and total::decimal(38,9) < 0",) * 2,
    ("select seq, paid::boolean, qty::bigint, status, huge from {} {} order by seq::hugeint",) * 2,
    ("select seq, epoch_us(created_at::timestamptz) from {} {} order by seq::hugeint",) * 2,
    ("select 'ORDER#' || order_id from {} {} order by 1", "select pk from {} {} order by 1"),
    ("select seq, json_array_length(tags) from {} {} order by seq::hugeint",) * 2,
    ("select seq, base64(blob) from {} {} order by seq::hugeint", "select seq, blob from {} {} order by seq::hugeint"),
]
asked = 0
for of_table, of_lines in same:
    a = db.sql(of_table.format("orders", "where true")).fetchall()
    b = db.sql(of_lines.format("lines", "where entity = 'Order'")).fetchall()
    assert a == b, f"{of_table}:\n{a}\n{b}"
    asked += len(a)
types = dict(db.sql("select column_name, column_type from (describe orders)").fetchall())
for name, kind in {"total": "DECIMAL(38,9)", "huge": "VARCHAR", "qty": "BIGINT", "paid": "BOOLEAN", "rate": "DOUBLE",
                   "created_at": "TIMESTAMP WITH TIME ZONE", "at": "TIMESTAMP WITH TIME ZONE", "blob": "BLOB", "Op_": "VARCHAR"}.items():
    assert types[name] == kind, (name, types)
print(asked, "rows agree")
