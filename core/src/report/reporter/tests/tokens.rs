use std::string::ToString as _;

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn token(text: &str) -> ReportToken {
    ReportToken::new(text.into()).unwrap()
}

fn with_token() -> Reporter {
    let config = ReporterConfig { token: Some(token(TOKEN)), ..ReporterConfig::new("test/0") };
    Reporter::new(config, 1, Instant::ORIGIN).unwrap()
}

#[test]
fn every_report_shows_the_token_also_one_that_is_sent_again_and_the_last_one() {
    let mut reporter = with_token();
    let first = due(&mut reporter, 40).unwrap();
    let batch_id = first.batch_id.clone();
    reporter.handle_input(at(40), ReporterInput::Failed { batch_id, retry_after: None });
    let again = due(&mut reporter, 200).unwrap();
    assert_eq!(again.batch_id, first.batch_id, "whose answer was lost");
    reporter.leave(at(201), &connected());
    let shown = [Some(first), Some(again), reporter.poll_output(), reporter.poll_output()];
    for report in shown {
        assert_eq!(report.unwrap().token, Some(token(TOKEN)));
    }
}

#[test]
fn a_token_is_long_enough_not_to_be_guessed_and_no_error_or_debug_form_tells_it() {
    for good in ["AAAAAAAAAAAAAAAAAAAA_-", TOKEN, &"x".repeat(64)] {
        assert_eq!(ReportToken::new(good.into()).unwrap().as_str(), good);
    }
    for bad in ["", "secret", "AAAAAAAAAAAAAAAAAAAAA", &"x".repeat(65), &"ä".repeat(16)] {
        let error = ReportToken::new(bad.into()).unwrap_err();
        assert_eq!((error.code(), error.field()), ("config.out_of_range", "report.token"));
        assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
    }
    let error = ReportToken::new("secret".into()).unwrap_err().to_string();
    assert_eq!(error, "report.token is a text of 6 bytes; allowed is 22 to 64 of A-Z a-z 0-9 _ -");
    assert!(!std::format!("{:?}", with_token()).contains(TOKEN));
}

#[cfg(feature = "serde")]
#[test]
fn in_json_a_token_is_a_text_and_may_be_absent() {
    let report = due(&mut with_token(), 40).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["token"], TOKEN);
    assert_eq!(serde_json::from_value::<Report>(json.clone()).unwrap(), report);

    let without = serde_json::to_value(due(&mut reporter(), 40).unwrap()).unwrap();
    assert_eq!(without.get("token"), None);

    let mut short = json;
    short["token"] = "secret".into();
    let error = serde_json::from_value::<Report>(short).unwrap_err().to_string();
    assert!(error.contains("22 to 64 of A-Z a-z 0-9 _ -") && !error.contains("secret"), "{error}");
}
