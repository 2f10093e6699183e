-- One line for a tenant's data: rows and the sum of a 64-bit hash of each, whatever their order.
SELECT string_agg(format('%s %s %s', name, rows, hash), E'\n' ORDER BY name) FROM (
    SELECT 'customers' AS name, count(*) AS rows, sum(hashtextextended(t::text, 1)) AS hash FROM tenant_demo.customers t
    UNION ALL SELECT 'products', count(*), sum(hashtextextended(t::text, 1)) FROM tenant_demo.products t
    UNION ALL SELECT 'orders', count(*), sum(hashtextextended(t::text, 1)) FROM tenant_demo.orders t
    UNION ALL SELECT 'order_lines', count(*), sum(hashtextextended(t::text, 1)) FROM tenant_demo.order_lines t
    UNION ALL SELECT 'messages', count(*), sum(hashtextextended(t::text, 1)) FROM tenant_demo.messages t
    UNION ALL SELECT 'events', count(*), sum(hashtextextended(t::text, 1)) FROM tenant_demo.events t
) tables
