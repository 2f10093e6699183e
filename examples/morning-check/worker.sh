#!/bin/sh
# What the worker of the sample shop writes: three lines for the log, one of which somebody should see.
echo '{"level":"info","msg":"scan 41 finished","passed":true}'
echo '{"level":"error","msg":"scan 42 failed: scanner timed out after 30 s"}'
echo '{"level":"info","msg":"SECURITY: Rate limit exceeded for 203.0.113.9"}'
while :; do sleep 1; done
