"""What a tracer's rate limiter answers by a clock of its own; prints JSON: limit -> [[allowed, effective rate]]."""

import json
import random
import time


now = 10**12
time.monotonic_ns = lambda: now

try:
    from ddtrace._rate_limiter import RateLimiter

    allow = RateLimiter.allow
except ImportError:
    from ddtrace.internal.rate_limiter import RateLimiter

    allow = RateLimiter.is_allowed

gaps = random.Random(7)
answers = {}
for limit in (-1, 0, 1, 3, 2.5, 0.5):
    limiter = RateLimiter(limit)
    answers[str(limit)] = drawn = []
    for mean_ns in [5e7] * 25 + [8e8] * 15:
        now += int(gaps.expovariate(1 / mean_ns))
        drawn.append([allow(limiter), round(limiter.effective_rate, 9)])
print(json.dumps(answers))
