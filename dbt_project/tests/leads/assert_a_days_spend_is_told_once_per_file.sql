{{ config(severity='warn') }}

-- A file that tells a campaign's day twice, with different amounts: the later line stands, and is a correction only if
-- the file's maker meant one. Parts of a day (ad groups, devices) have to come added up.
select
    platform,
    account_id,
    campaign_id,
    spend_date,
    currency,
    source_file,
    min(source_line) as first_line,
    max(source_line) as last_line,
    sum(cost) as cost_added_up
from {{ delivered('ad_spend') }} as told
group by platform, account_id, campaign_id, spend_date, currency, source_file
having count(distinct cost) > 1
