# Warnings are errors in our code; third-party headers are system headers.
add_library(su_warnings INTERFACE)
target_compile_options(su_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                       -Wcast-align -Wconversion -Wno-sign-conversion -Werror)
if(SU_SANITIZE)
  target_compile_options(su_warnings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                         -fno-omit-frame-pointer -O1)
  target_link_options(su_warnings INTERFACE -fsanitize=address,undefined)
  set(SU_STATIC OFF)
endif()
