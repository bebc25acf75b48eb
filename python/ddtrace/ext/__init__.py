"""Names that spans use: their types and kinds; a module per topic holds its tags."""


class SpanTypes:
    CACHE = "cache"
    CASSANDRA = "cassandra"
    COSMOS = "cosmosdb"
    ELASTICSEARCH = "elasticsearch"
    GRPC = "grpc"
    GRAPHQL = "graphql"
    HTTP = "http"
    MONGODB = "mongodb"
    REDIS = "redis"
    SERVERLESS = "serverless"
    SQL = "sql"
    TEMPLATE = "template"
    TEST = "test"
    WEB = "web"
    WORKER = "worker"
    AUTH = "auth"
    SYSTEM = "system"
    LLM = "llm"
    VALKEY = "valkey"
    WEBSOCKET = "websocket"
    RAY = "ray"


class SpanKind:
    CLIENT = "client"
    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class SpanLinkKind:
    EXECUTED = "executed_by"
    RESUMING = "resuming"


TYPE_CHECKING = False
if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name.startswith("__"):  # the import system asks
            raise AttributeError(name)
        from .._removed import find

        return find(__name__, name)
