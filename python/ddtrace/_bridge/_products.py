"""The settings of products that are not part of this package: all of them are off."""


class Product:
    def __init__(self, **settings):
        self.__dict__.update(settings)


asm = Product(_asm_enabled=False, _iast_enabled=False, _apm_tracing_enabled=True, _api_security_enabled=False)
profiling = Product(enabled=False)
dynamic_instrumentation = Product(enabled=False)
exception_replay = Product(enabled=False)
code_origin = Product(span=Product(enabled=False))
