//! What the server wants to see: a picture from a file or from memory, or the word that there is none.

use parlor::model::Status;
use parlor::sim::Seen;
use serde_json::Value;

use crate::conversation::{ready, sim_with};
use crate::host::PATIENCE;

const SEND: &str = "POST /api/vision/requests/{id}/send";
const CANCEL: &str = "DELETE /api/vision/requests/{id}";

#[test]
fn what_the_server_asks_for_is_shown_or_declined() {
    let sim = sim_with(|config| config.api_key = Some("k".to_owned()));
    let set =
        [("credential", "k"), ("voxta.capabilities", r#"{"visionCapture":"PostImage","visionSources":["Screen"]}"#)];
    let mut host = ready(&sim, &set);
    host.until("CHAT_STARTED");
    let folder = std::env::temp_dir().join(format!("parlor-vision-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("the view.png");
    let picture: Vec<u8> = (0..200_000_u32).map(|at| (at * 7) as u8).collect();
    std::fs::write(&file, &picture).expect("a file");
    let path = serde_json::to_string(&file.display().to_string()).expect("a text");
    for (more, bytes) in
        [(format!(r#""path":{path}"#), &picture[..]), (r#""base64":"AQIDBA==""#.to_owned(), &[1, 2, 3, 4])]
    {
        let id = sim.request_vision("Screen");
        let asked = host.until("SERVICE(visionCaptureRequest)");
        let json: Value = serde_json::from_str(&asked.json).expect("JSON");
        assert_eq!(
            (json["visionCaptureRequestId"].as_str(), json["source"].as_str()),
            (Some(id.as_str()), Some("Screen"))
        );
        sim.record().clear();
        let request = host.call(SEND, &format!(r#"{{"id":"{id}","source":"Screen","label":"a view",{more}}}"#));
        let done = host.done(request);
        assert_eq!((done.status, done.value), (Status::Ok, 200), "{}", done.text);
        let path = format!("/api/vision/requests/{id}/send");
        let entry = sim.record().wait_http(PATIENCE, "POST", &path).expect("the picture");
        let Seen::Http { target, headers, body, .. } = entry.seen else { panic!("no call") };
        assert!(target.ends_with("&source=Screen&label=a+view") && target.contains("?sessionId="), "{target}");
        assert!(headers.iter().any(|(name, value)| name == "authorization" && value == "Bearer k"));
        let at = body.windows(4).position(|part| part == b"\r\n\r\n").expect("the head of a part") + 4;
        assert!(body[at..].starts_with(bytes) && body[at + bytes.len()..].starts_with(b"\r\n--"));
        // It was asked for once, and is answered once.
        let again = host.call(SEND, &format!(r#"{{"id":"{id}",{more}}}"#));
        assert_eq!(host.done(again).status, Status::HttpNotFound);
    }
    let id = sim.request_vision("Eyes");
    let request = host.call(CANCEL, &format!(r#"{{"id":"{id}"}}"#));
    assert_eq!(host.done(request).status, Status::Ok);
    let request = host.call(SEND, &format!(r#"{{"id":"{id}","path":"/there/is/no/such/file.png"}}"#));
    let done = host.done(request);
    assert_ne!(done.status, Status::Ok);
    assert!(done.text.contains("file.png"), "{}", done.text);
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}
