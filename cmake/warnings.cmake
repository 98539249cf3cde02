# Warnings are errors in our code; third-party headers are system headers.
add_library(su_warnings INTERFACE)
target_compile_options(su_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                       -Wcast-align -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in optimized std::string operator+ where there are none (GCC bug 105651)
  target_compile_options(su_warnings INTERFACE -Wno-restrict)
endif()
if(SU_SANITIZE)
  target_compile_options(su_warnings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                         -fno-omit-frame-pointer -O0 -g1  # half the compile time of -O1 -g
                         -Wno-maybe-uninitialized)  # false in libstdc++'s <regex> with ASan (gcc bug 105562)
  target_link_options(su_warnings INTERFACE -fsanitize=address,undefined)
  set(SU_STATIC OFF)
endif()
