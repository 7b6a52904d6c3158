"""The report: a campaign, a comparison, a run or a validation as one HTML page that needs no network.

`page.write_report` writes it. `sources` reads the record; `ladder`, `answer`, `physics`, `run`, `validation`
(with `series`) and `provenance` turn it into the sections of the page, which are made of `blocks`; `figures/`
draws; `template/` holds the HTML, the CSS and the script.
"""
