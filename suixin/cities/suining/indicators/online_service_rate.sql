-- grain   one row per month
-- unit    percent of accepted cases
-- source  service_volume; rows without a count of online cases are left out of both sides
SELECT
    strftime(month, '%Y-%m') AS month,
    CAST(100.0 * SUM(online_count) / NULLIF(SUM(accepted_count), 0) AS DECIMAL(5, 1)) AS value
FROM service_volume
WHERE online_count IS NOT NULL
GROUP BY strftime(month, '%Y-%m')
ORDER BY 1
