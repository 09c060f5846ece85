-- grain   one row per year and district
-- unit    10,000 kWh
-- source  electricity_monthly
SELECT
    SUBSTR(month, 1, 4) AS year,
    district,
    CAST(SUM(electricity_consumption) AS DECIMAL(18, 2)) AS value
FROM electricity_monthly
GROUP BY SUBSTR(month, 1, 4), district
ORDER BY year, district
