import glob
import sys

files = sorted(glob.glob(sys.argv[1] + "/*.parquet"))

try:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
except ImportError:
    pq = None

if pq is not None:
    for f in files:  # every column of every file must decode
        pq.ParquetFile(f, page_checksum_verification=True).read()
    t = pa.concat_tables([pq.read_table(f) for f in files], promote_options="default")

    def count(mask):
        return pc.sum(mask).as_py() or 0

    print("pyarrow rows", t.num_rows)
    print("pyarrow web", count(pc.equal(t["service"], "web")))
    print("pyarrow failed", count(pc.equal(t["status"], "error")))
    print("pyarrow boom", count(pc.is_valid(t["error.message"])))
    print("pyarrow top", count(pc.equal(t["_dd.top_level#"], 1)))
    print("pyarrow slow", count(pc.greater(t["duration"], 20_000_000)))
    print("pyarrow rare", count(pc.equal(t["rare.tag"], "yes")))
    print("pyarrow prod", count(pc.equal(t["env"], "prod")))
    print("pyarrow rows_over_1000", count(pc.greater(t["db.row_count#"], 1000)))
    print("pyarrow events", count(pc.is_valid(t["_extra"])))

try:
    import duckdb
except ImportError:
    duckdb = None

if duckdb is not None:
    db = duckdb.connect()
    db.execute("create view spans as select * from read_parquet(%r, union_by_name=true)" % (sys.argv[1] + "/*.parquet"))

    def rows(where):
        return db.execute("select count(*) from spans where " + where).fetchone()[0]

    db.execute("select count(columns(*)) from spans").fetchall()  # reads every column
    print("duckdb rows", rows("true"))
    print("duckdb web", rows("service = 'web'"))
    print("duckdb failed", rows("status = 'error'"))
    print("duckdb boom", rows("\"error.message\" is not null"))
    print("duckdb top", rows("\"_dd.top_level#\" = 1"))
    print("duckdb slow", rows("duration > 20000000"))
    print("duckdb rare", rows("\"rare.tag\" = 'yes'"))
    print("duckdb prod", rows("env = 'prod'"))
    print("duckdb rows_over_1000", rows("\"db.row_count#\" > 1000"))
    print("duckdb events", rows("_extra is not null"))
