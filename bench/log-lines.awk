# Log lines of five kinds in turn, 110 to 220 bytes each: n of them.
BEGIN {
    for (i = 0; i < n; i++) {
        s = i % 60; t = sprintf("2026-11-21T03:%02d:%02d.%03dZ", int(i / 60) % 60, s, i % 1000)
        k = i % 5
        if (k == 0) printf "{\"level\":\"info\",\"ts\":\"%s\",\"logger\":\"http\",\"msg\":\"request completed\",\"method\":\"GET\",\"path\":\"/api/orders/%d\",\"status\":200,\"duration\":0.0%d}\n", t, i, s
        else if (k == 1) printf "time=%s level=info msg=\"request completed\" method=GET path=/api/orders/%d status=200 duration=%dms\n", t, i, s
        else if (k == 2) printf "192.0.2.%d - - [21/Nov/2026:03:%02d:%02d +0000] \"GET /api/orders/%d HTTP/1.1\" 200 %d \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n", s, int(i / 60) % 60, s, i, i % 9999
        else if (k == 3) printf "2026-11-21 03:%02d:%02d.%03d UTC [%d] LOG:  duration: %d.123 ms  statement: SELECT * FROM orders WHERE id = %d\n", int(i / 60) % 60, s, i % 1000, s + 71, s, i
        else printf "%s INFO com.example.shop.Orders - order %d was accepted and handed to the warehouse in step %d\n", t, i, s
    }
}
