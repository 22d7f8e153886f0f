// parlor.hpp - the C++17 face of parlor.h. Headers only: link with the same library as a C program.
//
// IN ONE MINUTE
//
//     parlor::options options;
//     options.set(parlor::opt::url, "http://127.0.0.1:8081");
//     parlor::result<parlor::client> client = parlor::client::create(options);
//     if (!client) return puts(client.error().text().c_str()), 1;
//     client->connect();
//     while (parlor::result<parlor::batch> events = client->take())
//       for (parlor::event e : *events)
//         parlor::visit(e, parlor::match{
//           [](parlor::on::sentence s) { puts(s.text().data()); },
//           [&](parlor::on::state s) { if (s.state() == parlor::client_state::ready) client->say("Hello!"); },
//         });
//
// WHAT IS WHERE
//
//     parlor/options.hpp    options, set by keys of their own types
//     parlor/client.hpp     client, which owns; parlor/actions.hpp: client_ref, which can be copied
//     parlor/event.hpp      event, batch
//     parlor/visit.hpp      event_of a kind, match, visit
//     parlor/handlers.hpp   functions by kind and by request
//     parlor/speech.hpp     what a service speaks, for an audio thread
//     parlor/error.hpp      result, error
//     parlor/library.hpp    version, shutdown
//     parlor/throwing.hpp   exceptions, for who includes it
//
// RULES
//
//   Nothing here throws, but for memory that is not there. A call that can fail answers a result: ask it first.
//   Objects own and are moved; event, client_ref and string_view own nothing. An event and its texts live as long as its
//   batch, or until its callback returns; keep() copies one out.
//   No exception may leave a callback: one that tries ends the program, since it must not pass through the library.
//   Every text has a NUL behind its last byte, so text().data() is a C string.
//   The rest is as parlor.h says, which is worth reading once.
#ifndef PARLOR_HPP
#define PARLOR_HPP

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error "parlor.hpp needs C++17 or newer; parlor.h does not"
#endif

#include "parlor/client.hpp"
#include "parlor/constants.hpp"
#include "parlor/handlers.hpp"
#include "parlor/library.hpp"
#include "parlor/option_keys.hpp"
#include "parlor/speech.hpp"

#endif  // PARLOR_HPP
