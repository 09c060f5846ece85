-- grain   one row per month
-- unit    percent of station-days with a valid index
-- source  air_quality_daily; good means AQI <= 100 (HJ 633)
SELECT
    strftime(monitored_on, '%Y-%m') AS month,
    CAST(100.0 * SUM(CASE WHEN aqi <= 100 THEN 1 ELSE 0 END) / COUNT(aqi) AS DECIMAL(5, 1)) AS value
FROM air_quality_daily
WHERE aqi IS NOT NULL
GROUP BY strftime(monitored_on, '%Y-%m')
ORDER BY month
